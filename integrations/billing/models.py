"""Charges, captured once each."""

from __future__ import annotations

from django.db import models

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
