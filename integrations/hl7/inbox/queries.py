"""Find messages that came in; reads only."""

from __future__ import annotations

from collections.abc import Collection

from integrations.hl7.inbox.models import InboundMessage, ProcessingState
from integrations.hl7.journal import NoSuchMessage


def refused_among(message_ids: Collection[int]) -> int:
    """Count those of the messages that were answered with an error."""
    return InboundMessage.objects.filter(
        pk__in=message_ids, processing_state=ProcessingState.REFUSED
    ).count()


def message(message_id: int) -> InboundMessage:
    """Return one message with its bytes.

    Raises:
        NoSuchMessage: there is none.
    """
    row = InboundMessage.objects.select_related("duplicate_of").filter(pk=message_id).first()
    if row is None:
        raise NoSuchMessage("no such message")
    return row


def sender_of(correlation_id: str) -> tuple[str, str, str]:
    """Return peer, MSH-3 and MSH-4 of the message that began a correlation; empty for none."""
    rows = InboundMessage.objects.filter(correlation_id=correlation_id).order_by("pk")
    named = rows.values_list("peer", "sending_application", "sending_facility").first()
    return named or ("", "", "")
