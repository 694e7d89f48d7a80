"""What the modalities say they did (PS3.4 Annex F)."""

from __future__ import annotations

from django.db import models

from worklist.scheduling.models import ScheduledProcedureStep


class PerformedStatus(models.TextChoices):
    """Performed Procedure Step Status (0040,0252)."""

    IN_PROGRESS = "IN PROGRESS"
    COMPLETED = "COMPLETED"
    DISCONTINUED = "DISCONTINUED"


class PerformedProcedureStep(models.Model):
    """One MPPS instance; `attributes` is its DICOM JSON as created and set so far."""

    sop_instance_uid = models.CharField(max_length=64, unique=True)
    status = models.CharField(max_length=12, choices=PerformedStatus.choices)
    performed_procedure_step_id = models.CharField(max_length=16)
    performed_station_ae_title = models.CharField(max_length=16)
    modality = models.CharField(max_length=16)
    study_instance_uid = models.CharField(max_length=64)
    patient_id = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    discontinuation_reason = models.CharField(max_length=64, blank=True)
    number_of_referenced_instances = models.PositiveIntegerField(default=0)
    steps = models.ManyToManyField(ScheduledProcedureStep, related_name="performed_steps")
    attributes = models.JSONField(default=dict)
    calling_ae = models.CharField(max_length=16)
    address = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="final_step_has_an_end",
                condition=models.Q(status="IN PROGRESS") | models.Q(ended_at__isnull=False),
            ),
        ]
        indexes = [models.Index(name="mpps_by_study", fields=["study_instance_uid"])]  # reconcile

    def __str__(self) -> str:
        return self.sop_instance_uid
