"""What was found wrong in the header of a study's objects, kept beside them."""

from __future__ import annotations

from django.db import models

from archive.store.models import Study


class Reason(models.TextChoices):
    """Why (0400,0565): made to agree with the hospital's records, or wrong as it was entered."""

    COERCE = "COERCE"
    CORRECT = "CORRECT"


class Correction(models.Model):
    """Attributes as they leave instead of as received: DICOM JSON (PS3.18 F), by tag.

    `received` holds the columns of the study that it covers, as they were filled from the header.
    """

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="corrections")
    attributes = models.JSONField()
    received = models.JSONField(default=dict)
    reason = models.CharField(max_length=16, choices=Reason.choices)
    source = models.CharField(max_length=64)
    actor = models.CharField(max_length=150, blank=True)
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=150, blank=True)

    def __str__(self) -> str:
        return f"{self.reason} {self.pk}"
