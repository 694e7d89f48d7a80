"""Charges, captured once each."""

from __future__ import annotations

from django.db import models

from archive.models import Patient
from worklist.models import Exam


class ChargeState(models.TextChoices):
    """Where a charge is on its way to billing."""

    HELD = "held"
    READY = "ready"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    VOID = "void"


class Charge(models.Model):
    """The charge for one component of one exam. `transaction_id` is FT1-2 and never changes."""

    exam = models.ForeignKey(Exam, on_delete=models.PROTECT, related_name="charges")
    component = models.CharField(max_length=16)  # technical
    state = models.CharField(max_length=10, choices=ChargeState.choices)
    hold_reason = models.CharField(max_length=120, blank=True)
    transaction_id = models.CharField(max_length=12, unique=True)
    service_at = models.DateTimeField()
    captured_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)  # their own DFT^P03 told of it (the echo)
    correlation_id = models.CharField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="charge_once", fields=["exam", "component"]),
        ]
        indexes = [
            models.Index(  # sweep: ready, and perhaps never sent
                name="charge_ready", fields=["id"], condition=models.Q(state="ready")
            ),
        ]

    def __str__(self) -> str:
        return self.transaction_id


class ChargeLine(models.Model):
    """One billed code of a charge."""

    charge = models.ForeignKey(Charge, on_delete=models.CASCADE, related_name="lines")
    code = models.CharField(max_length=64)
    scheme = models.CharField(max_length=16)
    text = models.CharField(max_length=120)
    cpt = models.CharField(max_length=16, blank=True)
    quantity = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.code


class ExternalCharge(models.Model):
    """A charge another system wrote down that is none of ours: for reconciliation alone.

    It is never charged, sent or counted; it says that somebody else billed something.
    """

    sender = models.CharField(max_length=80)
    transaction_id = models.CharField(max_length=75)  # theirs, FT1-2
    direction = models.CharField(max_length=8)  # CG charge, CD credit (FT1-6)
    exam = models.ForeignKey(
        Exam, on_delete=models.PROTECT, related_name="external_charges", null=True
    )
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="external_charges")
    order_number = models.CharField(max_length=75, blank=True)
    account_number = models.CharField(max_length=64, blank=True)
    code = models.CharField(max_length=64)
    text = models.CharField(max_length=120, blank=True)
    procedure_code = models.CharField(max_length=64, blank=True)
    quantity = models.CharField(max_length=20, blank=True)
    service_at = models.DateTimeField()
    told_at = models.DateTimeField()
    correlation_id = models.CharField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="external_charge_once", fields=["sender", "transaction_id", "direction"]
            ),
        ]

    def __str__(self) -> str:
        return self.transaction_id
