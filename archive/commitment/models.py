"""Requests for storage commitment, and what was found of each object they name."""

from __future__ import annotations

from django.db import models


class CommitmentState(models.TextChoices):
    """How far a request is."""

    CHECKING = "checking"  # objects are read back, or waited for
    REPORTING = "reporting"  # the requester is told, or was away and is tried again
    REPORTED = "reported"
    GIVEN_UP = "given-up"  # the requester could not be told; a person has to look


class CommitmentRequest(models.Model):
    """One transaction of one requester; `ae_title` is empty where it came over HTTP."""

    transaction_uid = models.CharField(max_length=64)
    ae_title = models.CharField(max_length=16, blank=True)
    actor = models.CharField(max_length=150)
    address = models.CharField(max_length=64, blank=True)
    door = models.CharField(max_length=10)
    correlation_id = models.CharField(max_length=32)
    references_sha256 = models.CharField(max_length=64)
    number_of_references = models.PositiveIntegerField()
    number_committed = models.PositiveIntegerField(default=0)
    number_failed = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=CommitmentState.choices)
    requested_at = models.DateTimeField()
    wait_until = models.DateTimeField(help_text="objects that are not here are waited for")
    checked_up_to = models.BigIntegerField(default=0, help_text="last reference of this round")
    checked_at = models.DateTimeField(null=True)
    reported_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_text = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="commitment_once", fields=["transaction_uid", "ae_title", "door"]
            ),
        ]
        indexes = [
            models.Index(name="commitment_next", fields=["state", "next_attempt_at"]),  # sweeps
            models.Index(name="commitment_old", fields=["state", "reported_at"]),  # to forget
            models.Index(name="commitment_latest", fields=["-requested_at"]),  # page
        ]

    def __str__(self) -> str:
        return self.transaction_uid

    @property
    def is_open(self) -> bool:
        """Say whether its objects are still being checked or waited for."""
        return self.state == CommitmentState.CHECKING

    @property
    def is_waiting(self) -> bool:
        """Say whether all that is here was read back, and the rest is waited for."""
        looked = not self.checked_up_to and self.next_attempt_at > self.requested_at
        return self.is_open and looked


class CommitmentReference(models.Model):
    """One object of a request: open, verified, or failed for a reason (0008,1197)."""

    request = models.ForeignKey(
        CommitmentRequest, on_delete=models.CASCADE, related_name="references"
    )
    sop_class_uid = models.CharField(max_length=64)
    sop_instance_uid = models.CharField(max_length=64)
    verified_at = models.DateTimeField(null=True)
    failure_reason = models.PositiveIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(  # check: what is left to look at
                name="commitment_open",
                fields=["request", "id"],
                condition=models.Q(verified_at__isnull=True, failure_reason__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.sop_instance_uid
