"""Who saw or changed what; rows are added and never changed."""

from __future__ import annotations

from django.db import models


class AuditRow(models.Model):
    """One view or change of patient data (DICOM PS3.15 A.5, IHE ATNA)."""

    at = models.DateTimeField()
    action = models.CharField(max_length=10)
    actor = models.CharField(max_length=150)
    role = models.CharField(max_length=16, blank=True)
    door = models.CharField(max_length=10)
    address = models.CharField(max_length=64, blank=True)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=80)
    patient_id = models.BigIntegerField(null=True)
    detail = models.CharField(max_length=300, blank=True)
    correlation_id = models.CharField(max_length=32, blank=True)

    class Meta:
        indexes = [
            models.Index(name="audit_latest", fields=["-at"]),  # audit list
            models.Index(name="audit_patient", fields=["patient_id", "-at"]),  # who saw them
        ]

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.object_type} {self.object_id}"
