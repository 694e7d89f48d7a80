"""Visits of patients: HL7 v2.5.1 3.4.3 (PV1)."""

from __future__ import annotations

from django.db import models

from archive.models import Patient
from pacs_hub.audit.changes import Remembering
from worklist.accounts.models import Account


class VisitStatus(models.TextChoices):
    """States of a visit (docs/conformance.md lists the transitions)."""

    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    ON_LEAVE = "on_leave"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class Visit(Remembering):
    """One stay or attendance of a patient (PV1-19), unique within the authority that numbers it."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="visits")
    account = models.ForeignKey(
        Account, on_delete=models.SET_NULL, null=True, related_name="visits"
    )
    number = models.CharField(max_length=64)
    authority = models.CharField(max_length=64, blank=True)
    alternate_number = models.CharField(max_length=64, blank=True)  # PV1-50
    status = models.CharField(max_length=12, choices=VisitStatus.choices)
    patient_class = models.CharField(max_length=8, blank=True)
    location = models.CharField(max_length=80, blank=True)
    prior_location = models.CharField(max_length=80, blank=True)
    pending_location = models.CharField(max_length=80, blank=True)
    temporary_location = models.CharField(max_length=80, blank=True)
    attending_physician_name = models.CharField(max_length=324, blank=True)
    referring_physician_id = models.CharField(max_length=64, blank=True)
    referring_physician_name = models.CharField(max_length=324, blank=True)
    admitting_physician_name = models.CharField(max_length=324, blank=True)
    hospital_service = models.CharField(max_length=64, blank=True)
    admission_type = models.CharField(max_length=16, blank=True)
    admission_reason = models.CharField(max_length=300, blank=True)
    discharge_disposition = models.CharField(max_length=64, blank=True)
    vip = models.CharField(max_length=64, blank=True)
    expected_at = models.DateTimeField(null=True)
    admitted_at = models.DateTimeField(null=True)
    discharged_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    last_event_at = models.DateTimeField(null=True)
    last_sender = models.CharField(max_length=120, blank=True)  # whose clock the two are
    state_event_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

    unexplained = frozenset({"last_event_at", "last_sender", "state_event_at"})

    class Meta:
        constraints = [
            models.UniqueConstraint(name="visit_once", fields=["authority", "number"]),
        ]
        indexes = [  # worklist: where a patient is now
            models.Index(
                name="visit_under_way",
                fields=["patient"],
                condition=models.Q(status__in=["in_progress", "on_leave"]),
            ),
        ]

    def __str__(self) -> str:
        return f"visit {self.pk}"


class VisitMove(models.Model):
    """Where a patient was sent to during a visit, also what was told too late (A02, A12)."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="moves")
    at = models.DateTimeField()
    location = models.CharField(max_length=80, blank=True)
    prior_location = models.CharField(max_length=80, blank=True)
    event = models.CharField(max_length=16)
    late = models.BooleanField(default=False)
    source_id = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return f"move of visit {self.visit_id}"


class FormerVisitNumber(models.Model):
    """A number a visit had (MRG-5): late messages still find it."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="former_numbers")
    number = models.CharField(max_length=64)
    authority = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="former_visit_number_once", fields=["authority", "number"]
            ),
        ]

    def __str__(self) -> str:
        return f"former number of visit {self.visit_id}"
