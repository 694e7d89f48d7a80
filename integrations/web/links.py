"""How each HL7 link is, in plain words: the worst thing first; reads only.

Every figure comes from an index that holds what is open or of the last hour, so that the page
costs the same however many messages were ever exchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Min, OuterRef, QuerySet, Subquery

from integrations.hl7.inbox import folders
from integrations.hl7.inbox.models import InboundMessage, ProcessingState
from integrations.hl7.outbound.models import ON_THE_WAY, OutboundIncident, OutboundMessage
from integrations.web.queries import LOUD_FOR, WAITING_TOO_LONG, not_taken
from pacs_hub.access.models import Direction, Hl7Peer
from pacs_hub.access.queries import hl7_peers

HOUR: Final = timedelta(hours=1)
QUIET: Final = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Link:
    """One way to or from an HL7 system, as a person wants to see it."""

    peer: Hl7Peer
    tone: str  # "ok" "wait" "bad" "none", the colours of states
    words: str
    heard_at: datetime | None
    last_hour: int
    waiting: int = 0
    oldest_at: datetime | None = None

    @property
    def shadow(self) -> bool:
        """Say whether its messages are only tried."""
        return bool(self.peer.options.get("shadow"))


@dataclass(frozen=True)
class _Figures:
    """What all links need, read in a handful of queries: rows by the name of the peer."""

    received: Mapping[str, int]
    sent: Mapping[str, int]
    held: Mapping[str, int]
    parked: Mapping[str, int]
    refused: Mapping[str, int]
    not_taken: Mapping[str, int]
    queued: Mapping[str, dict[str, Any]]
    incidents: Mapping[str, OutboundIncident]


def links(*, now: datetime) -> list[Link]:
    """Return every HL7 link, in the order of the connections page."""
    figures = _figures(now)
    return [
        (_inbound if peer.direction == Direction.IN else _outbound)(peer, heard, figures, now)
        for peer, heard in _with_last_heard()
    ]


def _with_last_heard() -> list[tuple[Hl7Peer, datetime | None]]:
    came = InboundMessage.objects.filter(peer=OuterRef("name")).order_by("-received_at")
    answered = OutboundMessage.objects.filter(
        peer_name=OuterRef("name"), acknowledged_at__isnull=False
    ).order_by("-acknowledged_at")
    rows = hl7_peers().annotate(
        came_at=Subquery(came.values("received_at")[:1]),
        answered_at=Subquery(answered.values("acknowledged_at")[:1]),
    )
    return [
        (peer, peer.came_at if peer.direction == Direction.IN else peer.answered_at)
        for peer in rows
    ]


def _figures(now: datetime) -> _Figures:
    came = InboundMessage.objects.order_by()
    went = OutboundMessage.objects.order_by()
    queued = went.filter(ON_THE_WAY).values("peer_name")
    return _Figures(
        received=_counted(came.filter(received_at__gt=now - HOUR), "peer"),
        sent=_counted(went.filter(created_at__gt=now - HOUR), "peer_name"),
        held=_counted(came.filter(processing_state=ProcessingState.HELD), "peer"),
        parked=_counted(came.filter(processing_state=ProcessingState.PARKED), "peer"),
        refused=_counted(
            came.filter(processing_state=ProcessingState.REFUSED, received_at__gt=now - LOUD_FOR),
            "peer",
        ),
        not_taken=_counted(not_taken().order_by(), "peer_name"),
        queued={
            row["peer_name"]: dict(row)
            for row in queued.annotate(count=Count("pk"), oldest=Min("created_at"))
        },
        incidents={
            row.peer_name: row for row in OutboundIncident.objects.filter(closed_at__isnull=True)
        },
    )


def _counted(rows: QuerySet[Any], name: str) -> dict[str, int]:
    return dict(rows.values_list(name).annotate(Count("pk")))


def _inbound(peer: Hl7Peer, heard: datetime | None, figures: _Figures, now: datetime) -> Link:
    name = peer.name
    look = folders.look(peer) if peer.options.get("folder") else folders.Look("", 0, 0)
    tone, words = "ok", "all applied"
    if look.trouble:
        tone, words = "bad", look.trouble
    elif held := figures.held.get(name, 0):
        tone, words = "wait", f"{held} held for a person"
    elif refused := figures.refused.get(name, 0):
        tone, words = "wait", f"{refused} refused within a day"
    elif look.failed:
        tone, words = "wait", f"{look.failed} files with refused messages"
    elif heard is None:
        tone, words = "none", "never heard"
    elif now - heard > QUIET:
        tone, words = "none", "quiet for more than a day"
    elif parked := figures.parked.get(name, 0):
        tone, words = "ok", f"{parked} wait for what they build on"
    return Link(
        peer=peer,
        tone=tone,
        words=words,
        heard_at=heard,
        last_hour=figures.received.get(name, 0),
        waiting=look.waiting,
    )


def _outbound(peer: Hl7Peer, heard: datetime | None, figures: _Figures, now: datetime) -> Link:
    name = peer.name
    queued = figures.queued.get(name, {})
    oldest = queued.get("oldest")
    tone, words = "ok", "all taken"
    if incident := figures.incidents.get(name):
        times = "once" if incident.failures == 1 else f"{incident.failures} times"
        tone, words = "bad", f"failed {times}: {incident.text or incident.code}"
    elif refused := figures.not_taken.get(name, 0):
        tone, words = "bad", f"{refused} refused or given up"
    elif oldest is not None and now - oldest > WAITING_TOO_LONG:
        tone, words = "wait", "messages wait too long"
    elif not peer.messages:
        tone, words = "none", "is sent nothing yet"
    elif heard is None and not queued:
        tone, words = "none", "nothing sent yet"
    return Link(
        peer=peer,
        tone=tone,
        words=words,
        heard_at=heard,
        last_hour=figures.sent.get(name, 0),
        waiting=queued.get("count", 0),
        oldest_at=oldest,
    )
