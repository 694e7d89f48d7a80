"""Who may send: MSH-3 and MSH-4 must name a configured peer that may call from there.

Who may write into the watched folder of a peer speaks for that peer.
"""

from __future__ import annotations

import time
from typing import Final

from integrations.hl7.inbound.context import Hl7Link
from integrations.hl7.inbound.options import LinkOptions
from integrations.hl7.message import Header
from pacs_hub.access.models import Hl7Peer
from pacs_hub.access.queries import (
    SiteFacts,
    hl7_receiver_names,
    hl7_sender,
    hl7_senders,
    may_call_from,
    site,
)
from pacs_hub.access.services import record_refusal
from pacs_hub.kernel.errors import Malformed

FOLDER: Final = "folder:"
"""Begins the address of what came through the watched folder of the peer that is named next."""


class UnknownSender(Malformed):
    """Nobody is configured under this name, or not to call from this address."""

    code = "unknown-sender"


class Doorkeeper:
    """Knows who may come in, and where we are.

    What it found it believes for `remember_seconds`: every message asks, the configuration
    seldom changes. Refusals are not remembered, so that a caller who was accepted gets in.
    """

    def __init__(self, *, remember_seconds: float = 0) -> None:
        self._remember_seconds = remember_seconds
        self._admitted: dict[tuple[str, str, str], tuple[float, Hl7Link]] = {}
        self._answered_by_us: tuple[float, frozenset[str]] | None = None
        self._site: tuple[float, SiteFacts] | None = None

    def admit(self, header: Header, *, address: str) -> Hl7Link:
        """Return the peer that sends, the most exact match first.

        Raises:
            UnknownSender: there is none.
        """
        key = (
            header.first_component(header.sending_application),
            header.first_component(header.sending_facility),
            address,
        )
        known = self._admitted.get(key)
        if known is not None and self._is_fresh(known[0]):
            return known[1]
        peer = _admit(*key)
        if self._remember_seconds:
            self._admitted[key] = (time.monotonic(), peer)
        return peer

    def site(self) -> SiteFacts:
        """Return the site."""
        if self._site is None or not self._is_fresh(self._site[0]):
            self._site = (time.monotonic(), site())
        return self._site[1]

    def is_called(self, link: Hl7Link) -> bool:
        """Say whether we also send to the peer: enhanced mode answers over that connection."""
        if self._answered_by_us is None or not self._is_fresh(self._answered_by_us[0]):
            self._answered_by_us = (time.monotonic(), hl7_receiver_names())
        return link.name in self._answered_by_us[1]

    def _is_fresh(self, found_at: float) -> bool:
        return time.monotonic() - found_at < self._remember_seconds


def _admit(application: str, facility: str, address: str) -> Hl7Link:
    if address.startswith(FOLDER):
        owner = hl7_sender(address.removeprefix(FOLDER))
        if owner is None:
            raise UnknownSender("the folder belongs to nobody any more", field="MSH-3")
        return _link(owner)
    peers = hl7_senders(application=application, facility=facility)
    if not peers:
        raise UnknownSender("the sending application is not configured here", field="MSH-3")
    for peer in peers:
        if may_call_from(peer.address, address):
            return _link(peer)
    raise UnknownSender("the sender may not call from this address", field="MSH-3")


def _link(peer: Hl7Peer) -> Hl7Link:
    return Hl7Link(
        name=peer.name,
        options=peer.options,
        habits=LinkOptions.of(peer.options),
        character_set=peer.character_set,
        version=peer.version,
        simulated=peer.simulated,
    )


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
