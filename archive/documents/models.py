"""Documents: files people attach, kept as they were sent."""

from __future__ import annotations

from django.db import models

from archive.patients.models import Patient


class DocumentState(models.TextChoices):
    """How far the DICOM object of a document is."""

    WAITING = "waiting"
    CONVERTING = "converting"
    STORED = "stored"
    FAILED = "failed"
    REMOVED = "removed"


class Document(models.Model):
    """One file of a study: its bytes at `storage_key`, and the DICOM object made of it.

    The study's own facts are those the object is made with when it comes before all images.
    One that went with its study, which a rule removed, has no `storage_key` any more.
    `claimed_until` is the lease of whoever converts it, or when it may be tried again.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="documents")
    study_instance_uid = models.CharField(max_length=64)
    accession_number = models.CharField(max_length=16, blank=True)
    study_date = models.DateField(null=True)
    study_time = models.TimeField(null=True)
    study_description = models.CharField(max_length=64, blank=True)
    title = models.CharField(max_length=64)
    code = models.CharField(max_length=16, blank=True)
    scheme = models.CharField(max_length=16, blank=True)
    meaning = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=4)  # pdf, cda, jpeg, png, bmp, mp4, avi
    file_name = models.CharField(max_length=150, blank=True)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    storage_key = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=DocumentState.choices)
    error_code = models.CharField(max_length=40, blank=True)
    error_text = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)
    sop_class_uid = models.CharField(max_length=64, blank=True)
    sop_instance_uid = models.CharField(max_length=64)
    actor = models.CharField(max_length=150)
    address = models.CharField(max_length=64, blank=True)
    door = models.CharField(max_length=10)
    correlation_id = models.CharField(max_length=32)
    attached_at = models.DateTimeField()
    stored_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="document_once", fields=["study_instance_uid", "sha256"]),
        ]
        indexes = [
            models.Index(name="document_state", fields=["state", "id"]),  # conversion sweep
        ]

    def __str__(self) -> str:
        return f"document {self.pk}"
