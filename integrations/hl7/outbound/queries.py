"""Find messages that go out, and how the ways to their receivers are; reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, Exists, Min, OuterRef, QuerySet

from integrations.billing.models import Charge, ChargeState
from integrations.hl7.journal import NoSuchMessage
from integrations.hl7.outbound.models import (
    NOT_TAKEN,
    ON_THE_WAY,
    OutboundIncident,
    OutboundLine,
    OutboundMessage,
)
from pacs_hub.access.models import Direction, Hl7Peer
from pacs_hub.outbox import leases

MERGED: Final = "ADT^A40"


def told_of_merges() -> list[str]:
    """Return the names of the receivers that hear of two patients who became one."""
    peers = Hl7Peer.objects.filter(direction=Direction.OUT).order_by("name")
    return [peer.name for peer in peers if MERGED in peer.messages]


def message(message_id: int) -> OutboundMessage:
    """Return one message with its bytes.

    Raises:
        NoSuchMessage: there is none.
    """
    rows = OutboundMessage.objects.select_related("exam", "resend_of")
    row = rows.filter(pk=message_id).first()
    if row is None:
        raise NoSuchMessage("no such message")
    return row


def without_bytes(message_id: int) -> OutboundMessage:
    """Return one message where its bytes cannot be read."""
    return OutboundMessage.objects.defer("body", "ack_body").get(pk=message_id)


def lines_due(*, now: datetime, most: int) -> list[str]:
    """Return the receivers something may be sent to now and nobody talks to, healthy ones first.

    At most `most` conversations go on at once.
    """
    lines = OutboundLine.objects.order_by("failures", "pk")
    busy = lines.filter(claimed_until__gt=now).count()
    free = lines.filter(leases.free(now)).exclude(next_attempt_at__gt=now)
    names = free.values_list("peer_name", flat=True)
    due = OutboundMessage.objects.filter(ON_THE_WAY, next_attempt_at__lte=now)
    waiting = [name for name in names if due.filter(peer_name=name).exists()]
    return waiting[: max(most - busy, 0)]


def receiver(name: str) -> Hl7Peer | None:
    """Return the outbound peer of that name; None where it is not configured any more."""
    return Hl7Peer.objects.filter(name=name, direction=Direction.OUT).first()


def incidents(*, open_only: bool = True) -> QuerySet[OutboundIncident]:
    """Return the troubles of receivers, the latest first."""
    rows = OutboundIncident.objects.order_by("-opened_at", "-pk")
    return rows.filter(closed_at__isnull=True) if open_only else rows


@dataclass(frozen=True, kw_only=True)
class LineView:
    """How the way to one receiver is: what waits, since when, and what is wrong."""

    peer_name: str
    waiting: int
    oldest_at: datetime | None
    refused: int
    next_attempt_at: datetime | None
    incident: OutboundIncident | None


def line_views() -> list[LineView]:
    """Return the state of the way to every receiver, by name; four queries."""
    waiting = {
        name: (count, oldest)
        for name, count, oldest in OutboundMessage.objects.filter(ON_THE_WAY)
        .order_by()
        .values_list("peer_name")
        .annotate(Count("pk"), Min("created_at"))
    }
    refused = dict(
        OutboundMessage.objects.filter(NOT_TAKEN)
        .exclude(Exists(OutboundMessage.objects.filter(resend_of=OuterRef("pk"))))
        .order_by()
        .values_list("peer_name")
        .annotate(Count("pk"))
    )
    troubles = {row.peer_name: row for row in incidents()}
    return [
        LineView(
            peer_name=line.peer_name,
            waiting=waiting.get(line.peer_name, (0, None))[0],
            oldest_at=waiting.get(line.peer_name, (0, None))[1],
            refused=refused.get(line.peer_name, 0),
            next_attempt_at=line.next_attempt_at,
            incident=troubles.get(line.peer_name),
        )
        for line in OutboundLine.objects.order_by("peer_name")
    ]


def charges_never_queued() -> QuerySet[Charge]:
    """Return the ready charges no message was written for, oldest first."""
    queued = OutboundMessage.objects.filter(charge=OuterRef("pk"))
    return Charge.objects.filter(~Exists(queued), state=ChargeState.READY).order_by("pk")
