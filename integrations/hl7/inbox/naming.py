"""What a message is about, as keys: who takes turns with whom, and who was waited for; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from integrations.hl7.inbound import keys
from integrations.hl7.message import NULL, Message, NotHl7, Segment, SegmentList

_ESCAPE: Final = re.compile(r"[FSTREHN]|\.[a-z]{2}[+-]?\d*|[XCMZ][0-9A-Za-z]*")
PATIENTS: Final = {"PID": (2, 3), "MRG": (1,)}
ORDERS: Final = {
    "ORC": ((2, keys.placer), (3, keys.filler)),
    "OBR": ((2, keys.placer), (3, keys.filler), (18, keys.accession)),
    "IPC": ((1, keys.accession),),
    "SCH": ((26, keys.placer), (27, keys.filler)),
    "TXA": ((14, keys.placer), (15, keys.filler)),
    "FT1": ((23, keys.filler),),
}


def names_of(message: SegmentList, *, default_issuer: str) -> frozenset[str]:
    """Return the keys of every patient and order a message names, with and without namespace."""
    return keys.with_loose(_names(message.segments, default_issuer))


def names_in(raw: bytes) -> frozenset[str]:
    """Return the keys that bytes name, in any character set; none where they are not HL7."""
    try:
        return names_of(Message(raw.decode("latin-1")), default_issuer="")
    except NotHl7:
        return frozenset()


def _names(segments: Iterable[Segment], default_issuer: str) -> Iterator[str]:
    for segment in segments:
        for number in PATIENTS.get(segment.name, ()):
            for repetition in range(1, len(segment.repetitions(number)) + 1):
                value, issuer = _identifier(segment, number, repetition, authority=3)
                yield from keys.patient(value, issuer or default_issuer)
        for number, key in ORDERS.get(segment.name, ()):
            value, namespace = _identifier(segment, number, 1, authority=1)
            yield from key(value, namespace)


def _identifier(
    segment: Segment, field: int, repetition: int, *, authority: int
) -> tuple[str, str]:
    parts = segment.components(field, repetition)
    value = parts[0][0].strip() if parts else ""
    space = parts[authority] if len(parts) > authority else []
    named = next((sub.strip() for sub in space if sub.strip() and sub != NULL), "")
    return ("" if value == NULL else value), named


def has_unknown_escape(message: SegmentList) -> bool:
    """Say whether a value has an escape sequence that nobody knows (2.7, 2.7.4)."""
    mark = message.separators.escape
    if not mark:
        return False
    for segment in message.segments:
        if segment.name == "MSH" or mark not in segment.text:
            continue
        names = segment.text.split(mark)[1::2]
        if any(name and not _ESCAPE.fullmatch(name) for name in names):
            return True
    return False
