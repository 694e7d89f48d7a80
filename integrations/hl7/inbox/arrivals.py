"""A message between its arrival and its row: what is known of it, and how it ended."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Self

from integrations.hl7.ack import Rest, Verdict
from integrations.hl7.inbound.context import Effect, Hl7Link
from integrations.hl7.inbox import rules
from integrations.hl7.inbox.models import InboundMessage, ProcessingState
from integrations.hl7.inbox.subject import Subject
from integrations.hl7.message import Header, NotHl7
from pacs_hub.kernel.errors import HubError
from pacs_hub.kernel.origin import new_correlation_id

_MSA: Final = re.compile(rb"[\r\n]MSA[^A-Za-z0-9\r\n]")
_NEAR: Final = 8_192  # bytes; it follows MSH, or the SFT segments after it


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """One frame as it came; `tries` counts how often it met something locked."""

    raw: bytes
    address: str
    truncated: bool = False
    tries: int = 0
    kept_as: int | None = None  # the row, where it was kept before it is applied


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """The row of a message, and what goes back on the socket it came on.

    `answer` is the acknowledgement of original mode, or the accept acknowledgement; `later` what
    the application says in enhanced mode, where it is not sent on a connection of ours.
    `pending`: kept, and still to be applied. `again`: something was locked, nothing is settled,
    try again soon.
    """

    message_id: int
    answer: bytes | None
    later: bytes | None = None
    pending: bool = False
    again: bool = False

    @property
    def answers(self) -> tuple[bytes, ...]:
        """Return everything that goes back."""
        return tuple(body for body in (self.answer, self.later) if body is not None)


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A message with the id its row has or will have."""

    pk: int
    raw: bytes
    truncated: bool
    address: str
    received_at: datetime
    header: Header | None
    sha256: str
    correlation_id: str
    stored: bool  # has a row already
    forced: bool = False
    quiet: bool = False  # nobody is told how it ends: a person, or the hub itself, tries it again

    @classmethod
    def of(cls, arrival: Arrival, *, now: datetime) -> Self:
        """Read what stands in the first segment; the id comes later."""
        return cls(
            pk=arrival.kept_as or 0,
            raw=arrival.raw,
            truncated=arrival.truncated,
            address=arrival.address[:64],
            received_at=now,
            header=header_of(arrival.raw),
            sha256=rules.fingerprint(arrival.raw),
            correlation_id=new_correlation_id(),
            stored=False,
        )

    @classmethod
    def of_row(cls, row: InboundMessage, *, forced: bool = False, quiet: bool = False) -> Self:
        """Take up a message that was kept."""
        raw = bytes(row.raw)
        return cls(
            pk=row.pk,
            raw=raw,
            truncated=row.truncated,
            address=row.address,
            received_at=row.received_at,
            header=header_of(raw),
            sha256=row.body_sha256,
            correlation_id=row.correlation_id,
            stored=True,
            forced=forced,
            quiet=quiet,
        )

    @property
    def is_answer(self) -> bool:
        """Say whether it is an acknowledgement, or a response: both hold an MSA segment."""
        if self.header is not None and self.header.message_code in rules.NEVER_ANSWERS:
            return False
        return _MSA.search(self.raw, 0, _NEAR) is not None

    def under(self, pk: int) -> Self:
        """Return it with the id of its row."""
        return replace(self, pk=pk)


@dataclass(frozen=True, kw_only=True)
class Settled:
    """How a message ended, ready to be written."""

    state: ProcessingState
    verdict: Verdict
    effects: tuple[Effect, ...] = ()
    would: tuple[dict[str, Any], ...] = ()  # what shadow mode took back
    error: HubError | None = None
    rest: Rest | None = None
    link: Hl7Link | None = None
    subject: Subject = Subject()
    names: frozenset[str] = field(default_factory=frozenset)  # keys of what it is about
    waits_for: frozenset[str] = field(default_factory=frozenset)
    at_the_door: bool = False  # refused before anything was tried: CR in enhanced mode


def header_of(raw: bytes) -> Header | None:
    """Return the first segment, taken apart; None where the bytes are not HL7."""
    try:
        return Header.of(raw)
    except NotHl7:
        return None
