"""Find messages that came in; reads only."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from integrations.hl7.inbox.models import InboundMessage
from pacs_hub.kernel.errors import Unknown


class NoSuchMessage(Unknown):
    """There is no such message."""

    code = "no-such-message"


@dataclass(frozen=True, kw_only=True)
class InboundFilters:
    """What to look for; empty means any. `q` is a control id, a peer or a type."""

    peer: str = ""
    message_type: str = ""
    control_id: str = ""
    state: str = ""
    ack_code: str = ""
    q: str = ""


def messages(filters: InboundFilters) -> QuerySet[InboundMessage]:
    """Return the messages that came in, latest first, without their bytes."""
    exact = {
        "peer": filters.peer,
        "message_type": filters.message_type,
        "control_id": filters.control_id,
        "processing_state": filters.state,
        "ack_code": filters.ack_code,
    }
    rows = InboundMessage.objects.defer("raw", "ack_body").filter(
        **{name: value for name, value in exact.items() if value}
    )
    if filters.q:
        rows = rows.filter(
            Q(control_id=filters.q)
            | Q(peer__icontains=filters.q)
            | Q(sending_application__icontains=filters.q)
            | Q(message_type__icontains=filters.q)
        )
    return rows.order_by("-received_at", "-pk")


def message(message_id: int) -> InboundMessage:
    """Return one message with its bytes.

    Raises:
        NoSuchMessage: there is none.
    """
    row = InboundMessage.objects.filter(pk=message_id).first()
    if row is None:
        raise NoSuchMessage("no such message")
    return row
