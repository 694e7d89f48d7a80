"""Find messages that came in; reads only."""

from __future__ import annotations

from collections.abc import Collection

from integrations.hl7.inbox.models import InboundMessage, ProcessingState
from integrations.hl7.journal import NoSuchMessage
from pacs_hub.access.queries import hl7_peers
from pacs_hub.kernel.errors import Conflict


class BodyGone(Conflict):
    """The days of the message are over: its text is not kept any more."""

    code = "body-gone"


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


def with_body(message_id: int) -> InboundMessage:
    """Return one message that can be applied again.

    Raises:
        NoSuchMessage: there is none.
        BodyGone: its text was taken away.
    """
    row = message(message_id)
    if not bytes(row.raw):
        raise BodyGone("the text of this message is not kept any more")
    return row


def character_sets() -> dict[str, str]:
    """Return what the text of each sender is in where MSH-18 says nothing, by its name."""
    senders = hl7_peers().filter(direction="in")
    return dict(senders.values_list("name", "character_set"))


def sender_of(correlation_id: str) -> tuple[str, str, str]:
    """Return peer, MSH-3 and MSH-4 of the message that began a correlation; empty for none."""
    rows = InboundMessage.objects.filter(correlation_id=correlation_id).order_by("pk")
    named = rows.values_list("peer", "sending_application", "sending_facility").first()
    return named or ("", "", "")
