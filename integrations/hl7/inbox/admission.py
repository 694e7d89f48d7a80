"""Who may send: MSH-3 and MSH-4 must name a configured peer that may call from there."""

from __future__ import annotations

from integrations.hl7.message import Header
from pacs_hub.access.models import Hl7Peer
from pacs_hub.access.queries import hl7_senders, may_call_from
from pacs_hub.access.services import record_refusal
from pacs_hub.kernel.errors import Malformed


class UnknownSender(Malformed):
    """Nobody is configured under this name, or not to call from this address."""

    code = "unknown-sender"


def admit(header: Header, *, address: str) -> Hl7Peer:
    """Return the peer that sends, the most exact match first.

    Raises:
        UnknownSender: there is none.
    """
    peers = hl7_senders(
        application=header.first_component(header.sending_application),
        facility=header.first_component(header.sending_facility),
    )
    if not peers:
        raise UnknownSender("the sending application is not configured here", field="MSH-3")
    for peer in peers:
        if may_call_from(peer.address, address):
            return peer
    raise UnknownSender("the sender may not call from this address", field="MSH-3")


def write_down(error: UnknownSender, header: Header, *, address: str) -> None:
    """Put the refused sender on the connections page: `caller` is MSH-3|MSH-4."""
    sender = (header.sending_application, header.sending_facility)
    receiver = (header.receiving_application, header.receiving_facility)
    record_refusal(
        door="hl7",
        caller="|".join(header.first_component(f) for f in sender),
        called="|".join(header.first_component(f) for f in receiver),
        address=address,
        asked_for=header.message_type,
        reason=error.text,
        code=error.error_code,
    )
