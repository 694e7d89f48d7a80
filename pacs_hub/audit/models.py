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


class FieldChange(models.Model):
    """One field of one row: what it was, what it became, and what brought the change.

    `what` is the table in lower case ("patient", "exam"). A line without `field` tells that the
    row was created or deleted. `source_kind` and `source_id` are those of the origin.
    """

    what = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    field = models.CharField(max_length=60, blank=True)
    before = models.CharField(max_length=300, blank=True)
    after = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    door = models.CharField(max_length=10)
    actor = models.CharField(max_length=150)
    source_kind = models.CharField(max_length=20, blank=True)
    source_id = models.CharField(max_length=80, blank=True)
    correlation_id = models.CharField(max_length=32, blank=True)

    class Meta:
        indexes = [
            # who last set this field?
            models.Index(name="change_of_field", fields=["what", "object_id", "field", "-id"]),
            # what did this message change?
            models.Index(name="change_by_source", fields=["source_kind", "source_id"]),
            # and what followed from it?
            models.Index(name="change_by_correlation", fields=["correlation_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.object_id} {self.field}"
