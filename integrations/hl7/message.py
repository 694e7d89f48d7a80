"""Our reader of HL7 v2 (ER7): exact to the character, any separators, Z segments kept.

HL7 v2.5.1 2.5 (separators), 2.7 (escapes). A path such as "PID-3.4.1" or "PID-3(2).1" names
segment, field, repetition, component and subcomponent; what it leaves out is the first.
"""

from __future__ import annotations

import functools
import re
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pacs_hub.kernel.errors import Malformed

NULL: Final = '""'
SEGMENT_END: Final = "\r"
_NO_SEPARATORS: Final = frozenset(string.ascii_letters + string.digits + string.whitespace)
_BREAK: Final = re.compile(r"(\r\n|\r|\n)")
_PATH: Final = re.compile(
    r"(?P<segment>[A-Z][A-Z0-9]{2})-(?P<field>\d+)(?:\((?P<repetition>\d+)\))?"
    r"(?:\.(?P<component>\d+)(?:\.(?P<subcomponent>\d+))?)?"
)


class NotHl7(Malformed):
    """The bytes do not begin with an MSH segment that names its separators."""

    code = "not-hl7"


@dataclass(frozen=True)
class Separators:
    """The characters of MSH-1 and MSH-2; an empty one was not named and separates nothing."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"

    @classmethod
    def of(cls, text: str) -> Separators:
        """Read them from a message, which begins with MSH.

        Raises:
            NotHl7: there is no MSH segment, or its separators cannot separate.
        """
        if not text.startswith("MSH") or len(text) < 5 or text[3] in _NO_SEPARATORS:
            raise NotHl7("the message does not begin with an MSH segment", field="MSH-1")
        rest = _BREAK.split(text[4:64], maxsplit=1)[0]
        named = rest.split(text[3], 1)[0][:5]
        if not named or any(c in _NO_SEPARATORS for c in named):
            raise NotHl7("MSH-2 does not name the separators", field="MSH-2")
        return cls(text[3], *(named[i : i + 1] for i in range(4)))

    @property
    def encoding_characters(self) -> str:
        """Return MSH-2."""
        return self.component + self.repetition + self.escape + self.subcomponent

    def unescape(self, text: str) -> str:
        """Decode the escape sequences of a value; an unknown one stays as it is."""
        if not self.escape or self.escape not in text:
            return text
        return _escape_pattern(self.escape).sub(lambda m: self._decoded(m[0], m[1]), text)

    def _decoded(self, whole: str, name: str) -> str:
        known = {
            "F": self.field,
            "S": self.component,
            "T": self.subcomponent,
            "R": self.repetition,
            "E": self.escape,
            ".br": "\n",
            "H": "",
            "N": "",
        }
        if name in known:
            return known[name]
        if name.startswith("X") and len(name) % 2 and len(name) > 1:
            return _from_hexadecimal(name[1:]) or whole
        return whole

    def escaped(self, value: str) -> str:
        """Encode a value so that it can stand in a field."""
        codes = {
            self.escape: "E",
            self.field: "F",
            self.component: "S",
            self.subcomponent: "T",
            self.repetition: "R",
        }
        encoded = "".join(
            f"{self.escape}{codes[c]}{self.escape}" if c in codes else c for c in value
        )
        return _BREAK.sub(lambda _: f"{self.escape}.br{self.escape}", encoded)


def _from_hexadecimal(digits: str) -> str | None:
    try:
        text = bytes.fromhex(digits).decode("utf-8")
    except UnicodeDecodeError as other:
        text = other.object.decode("latin-1")
    except ValueError:
        return None
    return None if "\0" in text else text  # no text has a NUL, and PostgreSQL keeps none


@functools.lru_cache(maxsize=64)
def _escape_pattern(escape: str) -> re.Pattern[str]:
    mark = re.escape(escape)
    return re.compile(f"{mark}([^{mark}\r\n]{{0,64}}){mark}")


@dataclass(frozen=True)
class Path:
    """A place in a message; numbers count from 1."""

    segment: str
    field: int
    repetition: int = 1
    component: int = 1
    subcomponent: int = 1

    @classmethod
    @functools.lru_cache(maxsize=1024)
    def of(cls, text: str) -> Path:
        """Read a path such as "PID-3(2).4.1".

        Raises:
            ValueError: it is not a path; paths are written by us, never by a sender.
        """
        found = _PATH.fullmatch(text)
        if found is None:
            raise ValueError(text)
        numbers = {k: int(v) for k, v in found.groupdict("1").items() if k != "segment"}
        return cls(segment=found["segment"], **numbers)


class Segment:
    """One segment: its text as sent, taken apart when asked."""

    __slots__ = ("_fields", "_parts", "name", "separators", "text")

    def __init__(self, text: str, separators: Separators) -> None:
        self.text = text
        self.separators = separators
        self.name = text[:3]
        self._fields: list[str] | None = None
        self._parts: dict[tuple[int, int], list[list[str]]] = {}

    @property
    def fields(self) -> list[str]:
        """Return the fields as sent; index 0 is the name, and MSH-1 counts as a field."""
        if self._fields is None:
            parts = self.text.split(self.separators.field)
            if self.name == "MSH":
                parts.insert(1, self.separators.field)
            self._fields = parts
        return self._fields

    def raw(self, field: int) -> str:
        """Return a field as sent, escapes and separators included; "" where it is absent."""
        fields = self.fields
        return fields[field] if field < len(fields) else ""

    def repetitions(self, field: int) -> list[str]:
        """Return the repetitions of a field as sent; none where it is empty."""
        value = self.raw(field)
        if not value:
            return []
        if self.name == "MSH" and field <= 2:
            return [value]
        mark = self.separators.repetition
        return value.split(mark) if mark and mark in value else [value]

    def components(self, field: int, repetition: int = 1) -> list[list[str]]:
        """Return the decoded components of one repetition; who asks may not change them."""
        if (field, repetition) not in self._parts:
            self._parts[field, repetition] = self._decoded(field, repetition)
        return self._parts[field, repetition]

    def _decoded(self, field: int, repetition: int) -> list[list[str]]:
        values = self.repetitions(field)
        if repetition > len(values):
            return []
        if self.name == "MSH" and field <= 2:
            return [values]
        marks = self.separators
        if (value := values[repetition - 1]).isalnum():  # no separator, no escape
            return [[value]]
        return [
            [marks.unescape(sub) for sub in _split(component, marks.subcomponent)]
            for component in _split(value, marks.component)
        ]

    def value(self, path: Path) -> str:
        """Return the decoded value at `path`, which is taken to be in this segment."""
        parts = self.components(path.field, path.repetition)
        if path.component > len(parts):
            return ""
        subcomponents = parts[path.component - 1]
        if path.subcomponent > len(subcomponents):
            return ""
        return subcomponents[path.subcomponent - 1].strip()


def _split(text: str, mark: str) -> list[str]:
    return text.split(mark) if mark else [text]


class SegmentList:
    """Some segments of one message, and values in them by path."""

    def __init__(self, segments: Sequence[Segment], separators: Separators) -> None:
        self.segments = segments
        self.separators = separators
        self._first = {segment.name: segment for segment in reversed(segments)}

    def all(self, name: str) -> list[Segment]:
        """Return every segment of that name, in order."""
        return [s for s in self.segments if s.name == name]

    def first(self, name: str) -> Segment | None:
        """Return the first segment of that name."""
        return self._first.get(name)

    def get(self, path: str) -> str:
        """Return the decoded value at `path`; "" where nothing was sent."""
        place = Path.of(path)
        segment = self.first(place.segment)
        return segment.value(place) if segment is not None else ""

    def get_first(self, *paths: str) -> str:
        """Return the first of `paths` that holds something other than the null value."""
        return next((v for v in map(self.get, paths) if v and v != NULL), "")

    def said(self, path: str) -> str | None:
        """Return None for a value not sent, "" for the null value, which clears (2.5.3.6)."""
        value = self.get(path)
        return "" if value == NULL else value or None

    def groups(self, *starts: str) -> list[SegmentList]:
        """Return the parts that begin with one of these segments, each up to the next."""
        found: list[list[Segment]] = []
        for segment in self.segments:
            if segment.name in starts:
                found.append([])
            if found:
                found[-1].append(segment)
        return [SegmentList(group, self.separators) for group in found]


class Message(SegmentList):
    """A whole message. `str(message)` gives back exactly what was read."""

    def __init__(self, text: str) -> None:
        """Take `text` apart.

        Raises:
            NotHl7: it does not begin with an MSH segment.
        """
        separators = Separators.of(text)
        pieces, breaks = _lines(text, separators.field)
        super().__init__([Segment(piece, separators) for piece in pieces], separators)
        self._breaks = breaks

    def __str__(self) -> str:
        texts = (segment.text for segment in self.segments)
        return "".join(text + end for text, end in zip(texts, self._breaks, strict=True))


def _lines(text: str, mark: str) -> tuple[list[str], list[str]]:
    """Split at segment ends; a line feed inside a value of a message with returns is text."""
    parts = _BREAK.split(text)
    pieces, breaks = parts[0::2], parts[1::2]
    if pieces[-1]:
        breaks.append("")
    else:
        pieces.pop()
    if "\r" not in text or "\n" not in breaks:
        return pieces, breaks
    joined, ends = [pieces[0]], [breaks[0]]
    for piece, end in zip(pieces[1:], breaks[1:], strict=True):
        begins_segment = piece[3:4] in ("", mark) and piece[:3].isalnum() and piece[:3].isupper()
        if ends[-1] == "\n" and not begins_segment:
            joined[-1] += "\n" + piece
            ends[-1] = end
        else:
            joined.append(piece)
            ends.append(end)
    return joined, ends


@dataclass(frozen=True)
class Header:
    """What an answer and the inbox need of MSH, read before the character set is known."""

    separators: Separators
    sending_application: str
    sending_facility: str
    receiving_application: str
    receiving_facility: str
    message_code: str
    trigger_event: str
    control_id: str
    processing_id: str
    version: str
    accept_ack: str
    application_ack: str
    character_sets: tuple[str, ...]

    @property
    def message_type(self) -> str:
        """Return MSH-9 as "ADT^A08", or "ACK" where there is no event."""
        return f"{self.message_code}^{self.trigger_event}".rstrip("^")

    @classmethod
    def of(cls, raw: bytes) -> Header:
        """Read the first segment as Latin-1, so that all of it goes back unchanged but for NULs.

        Raises:
            NotHl7: the bytes do not begin with an MSH segment.
        """
        first = raw[:8192].removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").decode("latin-1")
        text = _BREAK.split(first, 1)[0]
        separators = Separators.of(text)
        msh = Segment(text, separators)
        kind = _split(msh.raw(9), separators.component)
        version = _split(msh.raw(12), separators.component)[0].strip()
        return cls(
            separators=separators,
            sending_application=msh.raw(3).strip(),
            sending_facility=msh.raw(4).strip(),
            receiving_application=msh.raw(5).strip(),
            receiving_facility=msh.raw(6).strip(),
            message_code=kind[0].strip(),
            trigger_event=kind[1].strip() if len(kind) > 1 else "",
            control_id=msh.raw(10),  # MSA-2 gives it back exactly
            processing_id=msh.raw(11),
            version=version,
            accept_ack=msh.raw(15).strip(),
            application_ack=msh.raw(16).strip(),
            character_sets=tuple(s.strip() for s in msh.repetitions(18)),
        )

    @classmethod
    def unknown(cls) -> Header:
        """Return what is known of bytes that are not HL7: nothing."""
        return cls(Separators(), "", "", "", "", "", "", "", "P", "2.5.1", "", "", ())

    def first_component(self, field: str) -> str:
        """Return the namespace of an HD field such as `sending_application` (MSH-3.1)."""
        return _split(field, self.separators.component)[0]


@dataclass(frozen=True)
class Repeats:
    """Several repetitions of one field to write."""

    values: tuple[Value, ...]


Value = str | Repeats | Sequence[str | Sequence[str]]
"""A field to write: text, components (each text or subcomponents), or repetitions of these."""


def build_segment(name: str, fields: dict[int, Value], *, marks: Separators | None = None) -> str:
    """Write a segment from field number to value; a sequence holds components.

    A component that is itself a sequence holds subcomponents. Values are escaped here. MSH-1
    and MSH-2 are the separators themselves and are not given.
    """
    marks = marks or Separators()
    start = [name, marks.encoding_characters] if name == "MSH" else [name]
    last = max((n for n, value in fields.items() if value), default=0)
    numbers = range(3 if name == "MSH" else 1, last + 1)
    return marks.field.join([*start, *(_written(fields.get(n, ""), marks) for n in numbers)])


def _written(value: Value, marks: Separators) -> str:
    if isinstance(value, str):
        return marks.escaped(value)
    if isinstance(value, Repeats):
        return marks.repetition.join(_written(one, marks) for one in value.values)
    components = (
        marks.escaped(part)
        if isinstance(part, str)
        else marks.subcomponent.join(marks.escaped(sub) for sub in part)
        for part in value
    )
    return marks.component.join(components).rstrip(marks.component)


def build_message(segments: Iterable[str]) -> str:
    """Join segments, each ended by a carriage return (2.5.1)."""
    return "".join(f"{segment}{SEGMENT_END}" for segment in segments)
