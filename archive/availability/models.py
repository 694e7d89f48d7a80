"""Notifications that the objects of a study are here, and how far each got."""

from __future__ import annotations

from django.db import models

from archive.store.models import Study


class NoticeState(models.TextChoices):
    """How far a notification is."""

    QUEUED = "queued"  # not sent yet, or the peer was away and is tried again
    SENT = "sent"
    REFUSED = "refused"  # the peer will never take it
    GIVEN_UP = "given-up"  # the peer could not be told; a person has to look


class AvailabilityNotice(models.Model):
    """One notification to one peer about one performed step of a study ("" for none).

    Its content is made when it is sent, from what is here then.
    """

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="notices")
    ae_title = models.CharField(max_length=16)
    performed_step_uid = models.CharField(max_length=64, blank=True)
    sop_instance_uid = models.CharField(max_length=64, help_text="of the notification itself")
    settled_at = models.DateTimeField(help_text="when the study had settled")
    correlation_id = models.CharField(max_length=32)
    state = models.CharField(max_length=10, choices=NoticeState.choices, default=NoticeState.QUEUED)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_text = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="notice_once",
                fields=["study", "ae_title", "performed_step_uid", "settled_at"],
            ),
        ]
        indexes = [
            models.Index(  # sweep: what is due
                name="notice_due",
                fields=["next_attempt_at"],
                condition=models.Q(state="queued"),
            ),
            models.Index(name="notice_latest", fields=["-created_at"]),  # page
            models.Index(name="notice_old", fields=["state", "sent_at"]),  # to forget
        ]

    def __str__(self) -> str:
        return f"{self.ae_title} {self.sop_instance_uid}"
