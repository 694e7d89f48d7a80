"""One lane for each patient and each order, over all processes (specification 5).

PostgreSQL keeps messages about the same thing apart by advisory locks, taken at once and in one
order, so that a merge takes both of its lanes and nobody waits in a circle. SQLite has one
writer: there every message has its turn alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from django.db import connection

from archive.patients.queries import clusters_of
from integrations.hl7 import charset
from integrations.hl7.inbox import admission, naming
from integrations.hl7.inbox.arrivals import Incoming
from integrations.hl7.message import Message
from pacs_hub.kernel.errors import HubError

SPACE: Final = b"hl7-lane:"
PATIENT: Final = "patient:"


def take_turn(messages: Sequence[Incoming], doorkeeper: admission.Doorkeeper) -> None:
    """Wait, in the caller's transaction, until nobody works on what these messages are about."""
    if connection.vendor == "sqlite":
        return
    lanes = {lane for message in messages for lane in lanes_of(message, doorkeeper)}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(lane) FROM unnest(%s::bigint[]) AS lane",
            [sorted(map(_number, lanes))],
        )


def lanes_of(message: Incoming, doorkeeper: admission.Doorkeeper) -> frozenset[str]:
    """Return every lane a message drives in: its patients with all their ids, and its orders.

    The same bytes are in one lane whatever they are about, so that a copy waits for the first.
    """
    own = f"body:{message.sha256}"
    header = message.header
    if header is None:
        return frozenset((own,))
    try:
        link = doorkeeper.admit(header, address=message.address)
        text = charset.decode(
            message.raw, declared=header.character_sets, default=link.character_set
        )
    except HubError:
        return frozenset((own,))
    issuer = link.habits.default_issuer or doorkeeper.site().default_issuer
    names = naming.names_of(Message(text), default_issuer=issuer)
    return names | {own} | frozenset(_clusters(names))


def _clusters(names: Iterable[str]) -> Iterable[str]:
    pairs = [name.split(":", 2)[1:] for name in names if name.startswith(PATIENT)]
    identifiers = [(issuer, value) for issuer, value in pairs if issuer]
    return (f"person:{pk}" for pk in clusters_of(identifiers))


def _number(lane: str) -> int:
    digest = hashlib.blake2b(SPACE + lane.encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
