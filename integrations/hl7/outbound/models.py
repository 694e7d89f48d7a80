"""What goes out over MLLP, and how far it got."""

from __future__ import annotations

from django.db import models

from integrations.billing.models import Charge
from pacs_hub.access.models import Hl7Peer
from worklist.models import Exam


class OutboundState(models.TextChoices):
    """How far a message got."""

    QUEUED = "queued"
    SENT = "sent"  # written to the socket; no answer yet
    ACKNOWLEDGED = "acknowledged"
    REJECTED = "rejected"  # the receiver refused it for good; a person may send it again
    DEAD = "dead"  # given up; a person has to look


UNSETTLED = (OutboundState.QUEUED, OutboundState.SENT)


class OutboundMessage(models.Model):
    """One message for one peer. Messages of one peer and `stream` leave in order.

    `natural_key` says what the message is about, so that an event told twice is sent once.
    `body` is sent again unchanged, under the same MSH-10, until it is answered.
    """

    peer = models.ForeignKey(Hl7Peer, on_delete=models.SET_NULL, null=True)
    peer_name = models.CharField(max_length=80)
    message_type = models.CharField(max_length=20)
    control_id = models.CharField(max_length=20, unique=True)
    natural_key = models.CharField(max_length=120)
    stream = models.CharField(max_length=160)
    body = models.BinaryField()
    state = models.CharField(
        max_length=12, choices=OutboundState.choices, default=OutboundState.QUEUED
    )
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    ack_code = models.CharField(max_length=2, blank=True)
    ack_text = models.CharField(max_length=300, blank=True)
    ack_body = models.BinaryField(default=b"")
    error_code = models.CharField(max_length=80, blank=True)
    exam = models.ForeignKey(Exam, on_delete=models.CASCADE, null=True)
    charge = models.ForeignKey(Charge, on_delete=models.CASCADE, null=True)
    resend_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True)
    correlation_id = models.CharField(max_length=32, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="outbound_once", fields=["peer_name", "natural_key"]),
        ]
        indexes = [
            # sender: what is due
            models.Index(
                name="outbound_due",
                fields=["next_attempt_at"],
                condition=models.Q(state__in=["queued", "sent"]),
            ),
            # sender: is an earlier one of this stream still open?
            models.Index(
                name="outbound_stream",
                fields=["peer_name", "stream", "id"],
                condition=models.Q(state__in=["queued", "sent"]),
            ),
            models.Index(name="outbound_latest", fields=["-created_at"]),  # messages page
        ]

    def __str__(self) -> str:
        return f"{self.message_type} {self.control_id}"
