"""What is sent on to whom: the rules, the queue with its objects, and the lane of each peer."""

from __future__ import annotations

from django.db import models

from archive.store.models import Instance, Study


class ForwardRule(models.Model):
    """One `[[forward]]` table of the site file, in force. What is empty matches everything."""

    position = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    to = models.CharField(max_length=16)
    when = models.CharField(max_length=8)
    window = models.CharField(max_length=11, blank=True)  # "20:00-06:00" in the site's zone
    modality = models.JSONField(default=list)
    station = models.JSONField(default=list)
    calling_ae = models.JSONField(default=list)
    body_part = models.CharField(max_length=16, blank=True)
    description = models.CharField(max_length=64, blank=True)
    sop_classes = models.JSONField(default=list)
    linked = models.BooleanField(default=False)
    transfer_syntax = models.CharField(max_length=64, blank=True)
    anonymise = models.CharField(max_length=10, blank=True)
    retain = models.JSONField(default=list)
    burned_in = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class SendingState(models.TextChoices):
    """How far a sending is."""

    QUEUED = "queued"  # waits, is under way, or is tried again later
    PAUSED = "paused"
    SENT = "sent"
    FAILED = "failed"  # the peer will never take some of it; a person has to look
    GIVEN_UP = "given-up"  # tried for a week; a person has to look
    CANCELLED = "cancelled"


class Sending(models.Model):
    """One study on its way to one peer, because of one rule or request.

    What comes late of the study joins the same row. The attempts are those since the last success.
    """

    request_key = models.CharField(max_length=100, help_text="rule:NAME, manual:…, prefetch:…")
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="sendings")
    ae_title = models.CharField(max_length=16)
    window = models.CharField(max_length=11, blank=True)
    transfer_syntax = models.CharField(max_length=64, blank=True)
    anonymise = models.CharField(max_length=10, blank=True)
    retain = models.JSONField(default=list)
    burned_in = models.BooleanField(default=False)
    priority = models.PositiveSmallIntegerField(default=1)  # 0: a person waits for it
    state = models.CharField(
        max_length=10, choices=SendingState.choices, default=SendingState.QUEUED
    )
    number_of_items = models.PositiveIntegerField(default=0)
    number_sent = models.PositiveIntegerField(default=0)  # those with a warning are among them
    number_of_warnings = models.PositiveIntegerField(default=0)
    number_failed = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField()
    last_turn_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_text = models.CharField(max_length=300, blank=True)
    done_up_to = models.BigIntegerField(
        default=0, help_text="row id of the latest object whose item was forgotten"
    )
    requested_by = models.CharField(max_length=150, blank=True)
    correlation_id = models.CharField(max_length=32)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="sending_once", fields=["request_key", "study", "ae_title"]
            ),
        ]
        indexes = [
            models.Index(  # lanes: what is due
                name="sending_due",
                fields=["ae_title", "next_attempt_at"],
                condition=models.Q(state="queued"),
            ),
            models.Index(name="sending_latest", fields=["-created_at"]),  # page
            models.Index(name="sending_last_turn", fields=["last_turn_at"]),  # lanes: how fast
            models.Index(name="sending_finished", fields=["state", "finished_at"]),  # forgetting
            models.Index(name="sending_by_state", fields=["state", "-created_at"]),  # page
        ]

    def __str__(self) -> str:
        return f"{self.request_key} to {self.ae_title}"


class ItemState(models.TextChoices):
    """What became of one object."""

    WAITING = "waiting"
    SENT = "sent"
    WARNING = "warning"  # sent; the peer changed something of it (PS3.4 B.2.3)
    FAILED = "failed"
    SKIPPED = "skipped"  # it was rejected before it could go


class SendingItem(models.Model):
    """One object of a sending, and the last status of its C-STORE."""

    sending = models.ForeignKey(Sending, on_delete=models.CASCADE, related_name="items")
    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=ItemState.choices, default=ItemState.WAITING)
    status = models.PositiveIntegerField(null=True)
    error_text = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="sending_item_once", fields=["sending", "instance"]),
        ]
        indexes = [
            models.Index(  # lane: what is left
                name="sending_item_left",
                fields=["sending", "id"],
                condition=models.Q(state="waiting"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sending_id}: {self.state}"


class Lane(models.Model):
    """The way to one peer: who drives it now, and whether its circuit is open."""

    ae_title = models.CharField(max_length=16, unique=True)
    claimed_until = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0, help_text="in a row")
    openings = models.PositiveIntegerField(default=0, help_text="in a row")
    open_until = models.DateTimeField(null=True, help_text="nothing is sent until then")
    error_text = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.ae_title
