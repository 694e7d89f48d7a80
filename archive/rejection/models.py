"""Rejection notes that were taken in, and each object they name, here or not yet."""

from __future__ import annotations

from django.db import models

from archive.store.models import Instance, Study


class RejectionNote(models.Model):
    """One note. While `undone_at` is empty, what it names is out of use."""

    instance = models.OneToOneField(
        Instance, on_delete=models.CASCADE, related_name="rejection_note"
    )
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="rejection_notes")
    code = models.CharField(max_length=16, help_text="document title, DCM")
    text = models.TextField(blank=True, help_text="key object description")
    number_of_references = models.PositiveIntegerField()
    actor = models.CharField(max_length=150)
    address = models.CharField(max_length=64, blank=True)
    door = models.CharField(max_length=10)
    applied_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=150, blank=True)

    class Meta:
        indexes = [models.Index(name="rejection_latest", fields=["-applied_at"])]  # QA page

    def __str__(self) -> str:
        return f"{self.code} {self.pk}"


class RejectedReference(models.Model):
    """One object a note names. `instance` is empty until the object is here."""

    note = models.ForeignKey(RejectionNote, on_delete=models.CASCADE, related_name="references")
    instance = models.ForeignKey(
        Instance, on_delete=models.SET_NULL, null=True, related_name="rejections"
    )
    study_instance_uid = models.CharField(max_length=64)
    sop_instance_uid = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="rejected_once", fields=["note", "sop_instance_uid"]),
        ]
        indexes = [
            models.Index(  # does anything that just came wait to be rejected?
                name="rejected_open",
                fields=["study_instance_uid"],
                condition=models.Q(instance__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.sop_instance_uid
