"""What a message must have before it is looked at, and when two are the same; pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from integrations.hl7.inbound.context import Handle, Held
from integrations.hl7.message import Header, Message
from pacs_hub.kernel.errors import Malformed

Routes = Mapping[tuple[str, str], Handle]
"""(MSH-9.1, MSH-9.2) → what applies such a message."""

SAME_FOR: Final = timedelta(days=90)
RESENT_WITHIN: Final = timedelta(hours=24)
PARKED_FOR: Final = timedelta(hours=72)
PARKED_TRIED_EVERY: Final = timedelta(hours=1)
LOCK_PAUSES: Final = (0.05, 0.2, 0.8)
"""Seconds before a message that met something locked is tried again; then it is refused, 206."""
LEFT_BEHIND_AFTER: Final = timedelta(seconds=30)
ATTEMPTS: Final = 5
_VERSION: Final = re.compile(r"2(\.\d+)*")
_CHANGES_WHEN_SENT_AGAIN: Final = (6, 7, 9, 12)  # MSH-7, 8, 10 and 13, from the name


class FrameTooLong(Malformed):
    """The frame is longer than we take."""

    code = "frame-too-long"


class NoControlId(Malformed):
    """MSH-10 is empty: nobody could tell which message an answer belongs to."""

    code = "no-control-id"


class NoMessageType(Malformed):
    """MSH-9 is empty."""

    code = "no-message-type"


class UnsupportedVersion(Malformed):
    """MSH-12 is no version of HL7 v2."""

    code = "unsupported-version"


class UnsupportedProcessingId(Malformed):
    """MSH-11 says the message is for another kind of system: production, training, debugging."""

    code = "unsupported-processing-id"


ANY_EVENT: Final = "*"
ANSWER: Final = ("ACK", ANY_EVENT)
"""In the routes: an acknowledgement comes under the event of what it answers, or under none."""

NEVER_ANSWERS: Final = frozenset({"ADT", "BAR", "DFT", "MDM", "ORM", "OMG", "OMI", "ORU", "SIU"})
"""They tell something new even where an MSA stands in them, as in the ORU of version 2.2."""


class UnsupportedType(Malformed):
    """No part of the hub takes messages of this type."""

    code = "unsupported-type"


class UnsupportedEvent(Malformed):
    """The hub takes messages of this type, for other events."""

    code = "unsupported-event"


def too_dangerous() -> Held:
    """Return why a message is not tried again that the hub did not survive."""
    return Held("the hub did not survive this message several times", code="ends-the-process")


def fingerprint(raw: bytes) -> str:
    """Return the SHA-256 of a message without what changes when it is sent again.

    MSH-10 is compared beside it: the same content under another one is a suspected resend.
    """
    text = raw.removeprefix(b"\xef\xbb\xbf")
    if not text.startswith(b"MSH") or len(text) < 4:
        return hashlib.sha256(text).hexdigest()
    end = min((n for n in (text.find(b"\r"), text.find(b"\n")) if n >= 0), default=len(text))
    fields = text[:end].split(text[3:4])
    for number in _CHANGES_WHEN_SENT_AGAIN:
        if number < len(fields):
            fields[number] = b""
    return hashlib.sha256(text[3:4].join(fields) + text[end:]).hexdigest()


def check_header(header: Header, *, processing_ids: Sequence[str] = ("P",)) -> None:
    """Check what every message needs; an empty MSH-11 means production.

    Raises:
        NoControlId, NoMessageType, UnsupportedProcessingId, UnsupportedVersion: it does not
            have it.
    """
    if not header.control_id.strip():
        raise NoControlId("MSH-10 is empty", field="MSH-10")
    if not header.message_code:
        raise NoMessageType("MSH-9 is empty", field="MSH-9")
    mode = header.first_component(header.processing_id).strip().upper() or "P"
    if mode not in processing_ids:
        raise UnsupportedProcessingId("MSH-11 is not taken from this sender", field="MSH-11")
    if header.version and not _VERSION.fullmatch(header.version):
        raise UnsupportedVersion("MSH-12 is no version of HL7 v2", field="MSH-12")


def handler_for(header: Header, message: Message, routes: Routes) -> Handle:
    """Return what applies the message; the event may stand in EVN-1 or be the only one.

    Raises:
        UnsupportedType, UnsupportedEvent: nothing does.
    """
    code = header.message_code
    events = [event for kind, event in routes if kind == code]
    if not events:
        raise UnsupportedType("the hub does not take this message type", field="MSH-9.1")
    if ANY_EVENT in events:
        return routes[code, ANY_EVENT]
    event = header.trigger_event or message.get("EVN-1")
    if not event and len(events) == 1:
        event = events[0]
    if event not in events:
        raise UnsupportedEvent("the hub does not take this event", field="MSH-9.2")
    return routes[code, event]
