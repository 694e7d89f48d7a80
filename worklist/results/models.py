"""Reports on exams, and those that wait for theirs."""

from __future__ import annotations

from django.db import models

from archive.models import Patient
from pacs_hub.audit.changes import Remembering
from worklist.exams.models import Exam


class ResultStatus(models.TextChoices):
    """Status of one version of a report (HL7 tables 0123 and 0271)."""

    REGISTERED = "registered"  # known to be made, nothing to read yet
    PARTIAL = "partial"
    PRELIMINARY = "preliminary"
    FINAL = "final"
    AMENDED = "amended"  # corrected
    APPENDED = "appended"  # with an addendum
    CANCELLED = "cancelled"  # withdrawn after it could be read; its text stays
    ENTERED_IN_ERROR = "entered_in_error"  # withdrawn before anybody could rely on it


class Result(Remembering):
    """One version of a report. Without an exam it waits for one that has its numbers.

    `number` is what its sender calls the report (OBR-3, TXA-12). `version` counts the versions
    of all reports of an exam, so that the newest is found whoever wrote it; it is 0 while the
    report waits.
    """

    exam = models.ForeignKey(Exam, on_delete=models.CASCADE, related_name="results", null=True)
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="results", null=True
    )
    version = models.PositiveIntegerField()
    status = models.CharField(max_length=16, choices=ResultStatus.choices)
    number = models.CharField(max_length=75, blank=True)
    replaces = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="replaced_by"
    )
    title = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    sections = models.JSONField(default=list)  # [{"code", "title", "text"}]
    references = models.JSONField(default=list)  # [{"kind": "sr", "uid": …}]
    interpreter = models.CharField(max_length=324, blank=True)
    placer_order_number = models.CharField(max_length=75, blank=True)
    filler_order_number = models.CharField(max_length=75, blank=True)
    accession_number = models.CharField(max_length=16, blank=True)
    study_instance_uid = models.CharField(max_length=64, blank=True)
    observed_at = models.DateTimeField(null=True)
    versioned_at = models.DateTimeField(null=True)  # the sender's clock (OBR-22, TXA-8)
    reported_at = models.DateTimeField()
    filed_at = models.DateTimeField(null=True)
    origin_actor = models.CharField(max_length=150, blank=True)
    origin_door = models.CharField(max_length=10)
    origin_id = models.CharField(max_length=80, blank=True)

    unexplained = frozenset({"sections", "references"})

    class Meta:
        constraints = [
            models.UniqueConstraint(name="result_version_once", fields=["exam", "version"]),
        ]
        indexes = [
            # a message names a report by its number
            models.Index(name="result_number", fields=["number"], condition=~models.Q(number="")),
            # reports that wait for their exam
            models.Index(
                name="result_waiting", fields=["id"], condition=models.Q(exam__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"result {self.version} of exam {self.exam_id}"
