"""Reports on exams."""

from __future__ import annotations

from django.db import models

from pacs_hub.audit.changes import Remembering
from worklist.exams.models import Exam


class ResultStatus(models.TextChoices):
    """Status of a report (HL7 OBR-25: P, F, C)."""

    PRELIMINARY = "preliminary"
    FINAL = "final"
    AMENDED = "amended"


class Result(Remembering):
    """One version of the report on an exam."""

    exam = models.ForeignKey(Exam, on_delete=models.CASCADE, related_name="results")
    version = models.PositiveIntegerField()
    status = models.CharField(max_length=12, choices=ResultStatus.choices)
    text = models.TextField()
    interpreter = models.CharField(max_length=324, blank=True)
    observed_at = models.DateTimeField(null=True)
    reported_at = models.DateTimeField()
    origin_door = models.CharField(max_length=10)
    origin_id = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="result_version_once", fields=["exam", "version"]),
        ]

    def __str__(self) -> str:
        return f"result {self.version} of exam {self.exam_id}"
