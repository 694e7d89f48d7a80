"""Orders, what they request, and the catalogue of what can be requested."""

from __future__ import annotations

from django.db import models

from archive.models import Patient
from pacs_hub.audit.changes import Remembering
from worklist.exams.models import Exam


class Procedure(models.Model):
    """One row of the procedure catalogue."""

    code = models.CharField(max_length=64)
    scheme = models.CharField(max_length=16)
    name = models.CharField(max_length=120)
    modality = models.CharField(max_length=16)
    minutes = models.PositiveIntegerField(default=15)
    body_part = models.CharField(max_length=16, blank=True)
    cpt = models.CharField(max_length=16, blank=True)
    loinc = models.CharField(max_length=16, blank=True)
    active = models.BooleanField(default=True)
    simulated = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="procedure_once", fields=["scheme", "code"]),
        ]

    def __str__(self) -> str:
        return self.name


class OrderStatus(models.TextChoices):
    """States of an order (docs/conformance.md lists the transitions)."""

    NEW = "new"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    DISCONTINUED = "discontinued"


class Order(Remembering):
    """One imaging service request (HL7 ORC; PS3.3 C.4.12)."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="orders")
    placer_order_number = models.CharField(max_length=75, blank=True)
    placer_namespace = models.CharField(max_length=75, blank=True)
    filler_order_number = models.CharField(max_length=75, blank=True)
    filler_namespace = models.CharField(max_length=75, blank=True)
    accession_number = models.CharField(max_length=16)
    issuer_of_accession_number = models.CharField(max_length=64)
    status = models.CharField(max_length=12, choices=OrderStatus.choices)
    priority = models.CharField(max_length=8, blank=True)
    visit_number = models.CharField(max_length=64, blank=True)
    account_number = models.CharField(max_length=64, blank=True)
    patient_class = models.CharField(max_length=8, blank=True)
    location = models.CharField(max_length=80, blank=True)
    ordering_provider_id = models.CharField(max_length=64, blank=True)
    ordering_provider_name = models.CharField(max_length=324, blank=True)
    referring_physician_name = models.CharField(max_length=324, blank=True)
    sending_application = models.CharField(max_length=180, blank=True)
    sending_facility = models.CharField(max_length=180, blank=True)
    ordered_at = models.DateTimeField()
    last_event_at = models.DateTimeField()

    unexplained = frozenset({"last_event_at"})

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="accession_once", fields=["issuer_of_accession_number", "accession_number"]
            ),
            models.UniqueConstraint(
                name="placer_order_once",
                fields=["placer_namespace", "placer_order_number"],
                condition=~models.Q(placer_order_number=""),
            ),
            models.UniqueConstraint(
                name="filler_order_once",
                fields=["filler_namespace", "filler_order_number"],
                condition=~models.Q(filler_order_number=""),
            ),
        ]

    def __str__(self) -> str:
        return self.accession_number


class RequestedProcedure(Remembering):
    """One procedure of an order, and the study it will become (PS3.3 C.4.11)."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="requested_procedures")
    exam = models.OneToOneField(Exam, on_delete=models.CASCADE, related_name="requested_procedure")
    requested_procedure_id = models.CharField(max_length=16)
    study_instance_uid = models.CharField(max_length=64, unique=True)
    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, null=True)
    code = models.CharField(max_length=64)
    scheme = models.CharField(max_length=16)
    description = models.CharField(max_length=120)
    modality = models.CharField(max_length=16, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="requested_procedure_once", fields=["order", "requested_procedure_id"]
            ),
        ]

    def __str__(self) -> str:
        return self.requested_procedure_id


class AccessionSequence(models.Model):
    """The last accession number issued in a year."""

    year = models.PositiveSmallIntegerField(unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"
