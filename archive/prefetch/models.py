"""Priors that are wanted for exams to come, and what was fetched from elsewhere."""

from __future__ import annotations

from django.db import models

from archive.patients.models import Patient


class PrefetchPolicy(models.Model):
    """The `[prefetch]` table of the site file and its sources; one row, or none."""

    to = models.JSONField(default=list, help_text="AE titles of workstations")
    count = models.PositiveIntegerField(help_text="priors of each exam")
    years = models.PositiveIntegerField(help_text="how old they may be")
    modalities = models.JSONField(default=dict, help_text="modality to those of its priors")
    sources = models.JSONField(default=list, help_text="AE titles of other archives, in order")

    def __str__(self) -> str:
        return f"{self.count} priors"


class PrefetchState(models.TextChoices):
    """How far a request for priors is."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"  # a source could not be asked in time; what is here was sent


class PrefetchRequest(models.Model):
    """The priors of one exam that is to come, asked for when it was ordered or the day before."""

    key = models.CharField(max_length=60, help_text="names the exam, not its patient")
    occasion = models.CharField(max_length=10)  # scheduled, eve
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="+")
    modality = models.CharField(max_length=16, blank=True)
    body_part = models.CharField(max_length=16, blank=True)
    study_instance_uid = models.CharField(max_length=64, help_text="of the exam itself")
    state = models.CharField(
        max_length=8, choices=PrefetchState.choices, default=PrefetchState.WAITING
    )
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    number_found = models.PositiveIntegerField(default=0)
    number_recalled = models.PositiveIntegerField(default=0)
    number_fetched = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True)
    error_text = models.CharField(max_length=300, blank=True)
    correlation_id = models.CharField(max_length=32)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="prefetch_once", fields=["key", "occasion"]),
        ]
        indexes = [
            models.Index(  # sweep: what is due
                name="prefetch_due",
                fields=["next_attempt_at"],
                condition=models.Q(state="waiting"),
            ),
            models.Index(name="prefetch_latest", fields=["-created_at"]),  # page
        ]

    def __str__(self) -> str:
        return f"priors of {self.key}"


class PrefetchedStudy(models.Model):
    """One prior held elsewhere, and what came of having it moved here."""

    request = models.ForeignKey(PrefetchRequest, on_delete=models.CASCADE, related_name="fetched")
    ae_title = models.CharField(max_length=16)
    study_instance_uid = models.CharField(max_length=64)
    is_here = models.BooleanField(default=False)
    status = models.PositiveIntegerField(null=True, help_text="last one of the C-MOVE")
    completed = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    error_text = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="prefetched_once", fields=["request", "ae_title", "study_instance_uid"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.study_instance_uid} from {self.ae_title}"
