"""The exam: one row per requested procedure, from ordered to charged."""

from __future__ import annotations

from django.db import models

from archive.models import Patient
from pacs_hub.audit.changes import Remembering


class ExamStatus(models.TextChoices):
    """Where the exam itself is."""

    ORDERED = "ordered"
    SCHEDULED = "scheduled"
    ARRIVED = "arrived"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    DISCONTINUED = "discontinued"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


class ReportStatus(models.TextChoices):
    """Where its report is."""

    NONE = "none"
    PRELIMINARY = "preliminary"
    FINAL = "final"
    AMENDED = "amended"


class ChargeStatus(models.TextChoices):
    """Where its charge is."""

    NONE = "none"
    HELD = "held"
    READY = "ready"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CREDITED = "credited"
    VOID = "void"


class ImageStatus(models.TextChoices):
    """Where its images are."""

    NONE = "none"
    RECEIVING = "receiving"
    RECEIVED = "received"
    UNMATCHED = "unmatched"
    CONFLICT = "conflict"


class Exam(Remembering):
    """The join. Every board, list, report and API is a filter on this row.

    Written by `worklist.exams.services` alone, in the transaction that makes each fact true.
    Each axis keeps its own state, and they may disagree: that is what a person has to see.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="exams")
    accession_number = models.CharField(max_length=16)
    issuer_of_accession_number = models.CharField(max_length=64)
    placer_order_number = models.CharField(max_length=75, blank=True)
    filler_order_number = models.CharField(max_length=75, blank=True)
    requested_procedure_number = models.CharField(max_length=16)  # (0040,1001)
    study_instance_uid = models.CharField(max_length=64)
    procedure_code = models.CharField(max_length=64)
    procedure_scheme = models.CharField(max_length=16)
    procedure_name = models.CharField(max_length=120)
    modality = models.CharField(max_length=16, blank=True)
    station_ae_title = models.CharField(max_length=16, blank=True)
    station_name = models.CharField(max_length=64, blank=True)
    priority = models.CharField(max_length=8, blank=True)
    ordering_provider_id = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=12, choices=ExamStatus.choices)
    report_status = models.CharField(
        max_length=12, choices=ReportStatus.choices, default=ReportStatus.NONE
    )
    charge_status = models.CharField(
        max_length=10, choices=ChargeStatus.choices, default=ChargeStatus.NONE
    )
    charge_note = models.CharField(max_length=120, blank=True)
    image_status = models.CharField(
        max_length=10, choices=ImageStatus.choices, default=ImageStatus.NONE
    )
    image_note = models.CharField(max_length=120, blank=True)
    number_of_instances = models.PositiveIntegerField(default=0)
    inferred = models.JSONField(default=list)
    day = models.DateField()  # the site's day it is on the board: scheduled, else ordered
    ordered_at = models.DateTimeField()
    scheduled_for = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    first_image_at = models.DateTimeField(null=True)
    last_image_at = models.DateTimeField(null=True)
    linked_at = models.DateTimeField(null=True)
    reported_at = models.DateTimeField(null=True)
    charged_at = models.DateTimeField(null=True)
    charge_acknowledged_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

    unexplained = frozenset({"day", "inferred", "number_of_instances", "last_image_at"})

    class Meta:
        indexes = [
            models.Index(name="exam_board", fields=["day", "scheduled_for"]),  # board, by day
            models.Index(name="exam_accession", fields=["accession_number"]),  # API, search, match
            models.Index(name="exam_study", fields=["study_instance_uid"]),  # viewer, match
            models.Index(name="exam_placer", fields=["placer_order_number"]),
            models.Index(name="exam_filler", fields=["filler_order_number"]),
            models.Index(name="exam_updated", fields=["updated_at"]),  # ETag of the live board
        ]

    def __str__(self) -> str:
        return self.accession_number


class ExamEvent(models.Model):
    """One line of an exam's timeline: what happened, when, by whom, and what brought it."""

    exam = models.ForeignKey(Exam, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    text = models.CharField(max_length=300)
    actor = models.CharField(max_length=150)
    door = models.CharField(max_length=10)
    address = models.CharField(max_length=64, blank=True)
    source_kind = models.CharField(max_length=20, blank=True)
    source_id = models.CharField(max_length=80, blank=True)
    correlation_id = models.CharField(max_length=32, blank=True)

    class Meta:
        indexes = [models.Index(name="exam_timeline", fields=["exam", "at", "id"])]

    def __str__(self) -> str:
        return f"{self.kind} of exam {self.exam_id}"
