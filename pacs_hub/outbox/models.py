"""The outbox: events written with the fact, and one delivery for each subscriber."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class OutboxMessage(models.Model):
    """One published event; `fanned_out_at` is set once its deliveries exist."""

    event = models.CharField(max_length=80)
    version = models.PositiveSmallIntegerField()
    stream = models.CharField(max_length=160)
    payload = models.JSONField()
    occurred_at = models.DateTimeField()
    correlation_id = models.CharField(max_length=32, db_index=True)
    fanned_out_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # relay: what still has to be fanned out, oldest first
            models.Index(
                name="outbox_to_fan_out", fields=["id"], condition=Q(fanned_out_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.pk}"


class DeliveryState(models.TextChoices):
    """What became of one event at one subscriber."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class OutboxDelivery(models.Model):
    """One event for one subscriber: succeeds, waits or fails alone."""

    message = models.ForeignKey(OutboxMessage, on_delete=models.CASCADE, related_name="deliveries")
    subscriber = models.CharField(max_length=160)
    stream = models.CharField(max_length=160)
    state = models.CharField(
        max_length=10, choices=DeliveryState.choices, default=DeliveryState.PENDING
    )
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=80, blank=True)
    error_text = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="outbox_once", fields=["message", "subscriber"]),
        ]
        indexes = [
            # relay: due deliveries
            models.Index(
                name="outbox_due", fields=["next_attempt_at"], condition=Q(state="pending")
            ),
            # relay: is an earlier one of this stream still open?
            models.Index(
                name="outbox_stream",
                fields=["subscriber", "stream", "message"],
                condition=Q(state="pending"),
            ),
            # metrics, messages page: given up
            models.Index(name="outbox_dead", fields=["id"], condition=Q(state="dead")),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber} {self.state}"
