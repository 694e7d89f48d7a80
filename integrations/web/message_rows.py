"""Messages of both directions as one list for programs; reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import CharField, F, QuerySet, Value

from integrations.hl7.inbox import description
from integrations.hl7.inbox import queries as inbox
from integrations.hl7.inbox.models import InboundMessage
from integrations.hl7.outbound import queries as outbound
from integrations.hl7.outbound.models import OutboundMessage
from integrations.web import effects
from integrations.web.listing import IN, OUT
from integrations.web.search import Search, inbound
from integrations.web.search import outbound as going_out

KEY: Final = ("direction", "pk", "at")


@dataclass(frozen=True, kw_only=True)
class MessageRow:
    """One message, in or out, in the same words."""

    id: str
    direction: str
    peer: str
    type: str
    control_id: str
    state: str
    ack_code: str
    error: str
    attempts: int
    next_attempt_at: datetime | None
    received_at: datetime
    raw: str
    effects: list[dict[str, Any]]


def keys(search: Search) -> QuerySet[Any, dict[str, Any]]:
    """Return direction, id and time of the messages that match, latest first."""
    parts = [
        rows.annotate(direction=Value(direction, CharField()), at=F(at)).values(*KEY)
        for direction, at, rows in (
            (IN, "received_at", inbound(search)),
            (OUT, "created_at", going_out(search)),
        )
        if search.direction in {"", direction}
    ]
    joined = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    latest: QuerySet[Any, dict[str, Any]] = joined.order_by("-at", "-pk")
    return latest


def rows(page: Iterable[dict[str, Any]]) -> list[MessageRow]:
    """Return the messages of a page of `keys`, in its order, with four queries."""
    wanted = list(page)
    came_in = InboundMessage.objects.in_bulk([k["pk"] for k in wanted if k["direction"] == IN])
    went_out = OutboundMessage.objects.in_bulk([k["pk"] for k in wanted if k["direction"] == OUT])
    told, sets = effects.told(came_in.values()), inbox.character_sets()
    return [
        _inbound(came_in[key["pk"]], told[key["pk"]], sets)
        if key["direction"] == IN
        else of_outbound(went_out[key["pk"]])
        for key in wanted
    ]


def row(*, direction: str, message_id: int) -> MessageRow:
    """Return one message.

    Raises:
        NoSuchMessage: there is none.
    """
    if direction == IN:
        return of_inbound(inbox.message(message_id))
    return of_outbound(outbound.message(message_id))


def of_inbound(message: InboundMessage) -> MessageRow:
    """Return a message that came in, with what it changed."""
    told = effects.told([message])[message.pk]
    return _inbound(message, told, inbox.character_sets())


def _inbound(
    message: InboundMessage, told: list[dict[str, Any]], sets: dict[str, str]
) -> MessageRow:
    return MessageRow(
        id=f"{IN}-{message.pk}",
        direction=IN,
        peer=message.peer or message.sending_application,
        type=message.message_type,
        control_id=message.control_id,
        state=message.processing_state,
        ack_code=message.ack_code,
        error=message.error_text,
        attempts=message.attempts,
        next_attempt_at=None,
        received_at=message.received_at,
        raw=description.exact_text(bytes(message.raw), default=sets.get(message.peer, "")),
        effects=told,
    )


def of_outbound(message: OutboundMessage) -> MessageRow:
    """Return a message that goes out; what it tells of are its effects."""
    about = (("exam", message.exam_id), ("charge", message.charge_id))
    return MessageRow(
        id=f"{OUT}-{message.pk}",
        direction=OUT,
        peer=message.peer_name,
        type=message.message_type,
        control_id=message.control_id,
        state=message.state,
        ack_code=message.ack_code,
        error=message.ack_text or message.error_code,
        attempts=message.attempts,
        next_attempt_at=message.next_attempt_at if message.state in ("queued", "sent") else None,
        received_at=message.created_at,
        raw=description.exact_text(bytes(message.body)),
        effects=[{"what": what, "id": key} for what, key in about if key is not None],
    )
