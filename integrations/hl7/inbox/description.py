"""A message for people: each segment with the names the standard gives its fields."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hl7apy import load_reference
from hl7apy.exceptions import ChildNotFound, UnsupportedVersion

from integrations.hl7 import charset
from integrations.hl7.inbox.understanding import understood
from integrations.hl7.message import NULL, Header, Message, NotHl7, Segment
from pacs_hub.kernel.errors import Malformed

VERSIONS: Final = ("2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.8.2")
DEFAULT_VERSION: Final = "2.5.1"
LONGEST: Final = 600  # characters of one field on a page: a document in OBX-5 has millions


@dataclass(frozen=True)
class Piece:
    """A part of a value: decoded text, a separator ("mark") or the null that clears ("null")."""

    text: str
    kind: str = "text"


@dataclass(frozen=True)
class DescribedField:
    """One valued field: its number, the standard's name for it, and the value as sent.

    `pieces` is the value decoded; `ours` names the fields of ours that a map read from it.
    """

    number: int
    name: str
    value: str
    pieces: tuple[Piece, ...] = ()
    ours: tuple[str, ...] = ()
    place: str = ""  # PID-7


@dataclass(frozen=True)
class DescribedSegment:
    """One segment and its valued fields."""

    name: str
    fields: tuple[DescribedField, ...]


def describe(message: Message, *, came_in: bool = True) -> list[DescribedSegment]:
    """Return the segments of a message with the names of their fields (HL7 v2 chapter tables)."""
    version = _version(message.get("MSH-12"))
    read = understood(message) if came_in else {}
    described: list[DescribedSegment] = []
    for segment in message.segments:
        names = _field_names(segment.name, version)
        fields = tuple(
            DescribedField(
                number,
                names.get(number, ""),
                _shortened(segment.raw(number)),
                tuple(_pieces(segment, number)),
                read.get((segment.name, number), ()),
                f"{segment.name}-{number}",
            )
            for number in range(1, len(segment.fields))
            if segment.raw(number)
        )
        described.append(DescribedSegment(segment.name, fields))
    return described


def _pieces(segment: Segment, number: int) -> Iterator[Piece]:
    """Give a field in decoded parts, with the separators between them."""
    marks, value = segment.separators, segment.raw(number)
    if (segment.name == "MSH" and number <= 2) or len(value) > LONGEST:
        yield Piece(_shortened(value))
        return
    separators = [m for m in (marks.repetition, marks.component, marks.subcomponent) if m]
    for part in re.split(f"([{re.escape(''.join(separators))}])" if separators else "$", value):
        if part in separators:
            yield Piece(part, "mark")
        elif part == NULL:
            yield Piece(part, "null")
        elif part:
            yield Piece(marks.unescape(part))


def _shortened(value: str) -> str:
    if len(value) <= LONGEST:
        return value
    return f"{value[:LONGEST]}… ({len(value):,} characters)"


def describe_bytes(
    raw: bytes, *, came_in: bool = True, default: str = ""
) -> list[DescribedSegment]:
    """Return the same for bytes as they were kept; nothing where they are not HL7.

    `default` is the character set of the sender where MSH-18 says nothing, here and below.
    """
    try:
        declared = Header.of(raw).character_sets
        text = charset.decode(raw, declared=declared, default=default)
    except NotHl7:
        return []
    except Malformed:
        text = raw.decode("latin-1")
    return describe(Message(text), came_in=came_in)


def exact_text(raw: bytes, *, default: str = "") -> str:
    """Return kept bytes as text, separators and all, whatever they are."""
    try:
        return charset.decode(raw, declared=Header.of(raw).character_sets, default=default)
    except Malformed:
        return raw.decode("utf-8", errors="replace")


def readable_text(raw: bytes, *, default: str = "") -> str:
    """Return kept bytes as text with one segment a line."""
    text = exact_text(raw, default=default)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _version(sent: str) -> str:
    if sent in VERSIONS:
        return sent
    return next((known for known in VERSIONS if sent and known.startswith(sent)), DEFAULT_VERSION)


@functools.lru_cache(maxsize=512)
def _field_names(segment: str, version: str) -> dict[int, str]:
    try:
        children = load_reference(segment, "Segment", version)[1]
    except (ChildNotFound, UnsupportedVersion):
        return {}
    names: dict[int, str] = {}
    for child in children:
        number = int(child[0].rpartition("_")[2])
        long_name = str(child[1][3] or "")
        names[number] = _spoken(long_name, segment)
    return names


def _spoken(name: str, segment: str) -> str:
    words = name.removesuffix(f"_{segment}").replace("_", " ").lower()
    return words[:1].upper() + words[1:]
