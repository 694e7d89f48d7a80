"""The last touches on a message, as its receiver wants it: fields, text, separators, ends; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from integrations.hl7.message import Message, Path, Segment, Separators
from integrations.hl7.outbound import encoding
from integrations.hl7.outbound.options import REFUSE, TRANSLITERATE, PeerOptions
from integrations.hl7.outbound.transliteration import in_latin

STANDARD: Final = Separators()


@dataclass(frozen=True)
class Finished:
    """The bytes of a message, and what became of text its character set does not hold.

    `conversion` is empty where nothing was lost; else it tells the wanted and the used character
    set, the policy, and how many characters of which field it was about: never the text itself.
    """

    body: bytes
    conversion: dict[str, Any] = field(default_factory=dict)
    refused: bool = False


def finish(text: str, *, character_set: str, options: PeerOptions) -> Finished:
    """Return a message that was written with the standard separators as bytes for its receiver.

    Raises:
        CannotWrite: messages are not written in the character set.
    """
    text = with_overrides(text, options.overrides)
    wanted = encoding.repertoire(character_set)
    lost = _lost(text, wanted.holds)
    if not lost:
        return Finished(wanted.encode(_formed(text, options)))
    conversion = {
        "wanted": character_set or encoding.ASCII,
        "used": character_set or encoding.ASCII,
        "policy": options.unencodable,
        "fields": lost,
    }
    if options.unencodable == REFUSE:
        body = encoding.repertoire(encoding.UTF_8).encode(_formed(text, options))
        return Finished(body, conversion | {"used": ""}, refused=True)
    if options.unencodable == TRANSLITERATE:
        latin, unknown = _transliterated(text, wanted.holds)
        body = wanted.encode(_formed(latin, options))
        return Finished(body, conversion | {"replaced_by_question_mark": unknown})
    text = with_overrides(text, ({"path": "MSH-18", "value": encoding.UTF_8},))
    text = with_overrides(text, ({"path": "MSH-20", "value": ""},))
    utf_8 = encoding.repertoire(encoding.UTF_8)
    return Finished(utf_8.encode(_formed(text, options)), conversion | {"used": encoding.UTF_8})


def said_of(conversion: Mapping[str, Any]) -> str:
    """Return in one line what became of text a receiver's character set does not hold."""
    if not conversion:
        return ""
    where = ", ".join(f"{path} ({n})" for path, n in conversion["fields"].items())
    what = f"{conversion['wanted']} does not hold characters of {where}"
    done = {"refuse": "not sent", "transliterate": "written in Latin letters"}
    return f"{what}: {done.get(conversion['policy'], 'sent as ' + str(conversion['used']))}"


def _lost(text: str, holds: Callable[[str], bool]) -> dict[str, int]:
    """Return how many characters of which field cannot be written."""
    if text.isascii() or all(holds(char) for char in set(text)):
        return {}
    lost: dict[str, int] = {}
    for segment in Message(text).segments:
        for number, value in enumerate(segment.fields):
            if count := sum(not holds(char) for char in value):
                key = f"{segment.name}-{number}"
                lost[key] = lost.get(key, 0) + count
    return lost


def _transliterated(text: str, holds: Callable[[str], bool]) -> tuple[str, int]:
    """Return the text in letters that can be written, and how many became a question mark.

    A repetition no table can write is left out where another repetition says the same: the
    ideographic form of a name beside its alphabetic one.
    """
    unknown = 0
    lines = []
    for segment in Message(text).segments:
        fields = segment.fields[:1] + segment.fields[1 + (segment.name == "MSH") :]
        for number, value in enumerate(fields):
            if all(holds(char) for char in value):
                continue
            parts = value.split(STANDARD.repetition)
            known = [part for part in parts if all(_writable(c, holds) for c in part)]
            written = []
            for part in known or parts:
                chars = [c if holds(c) else in_latin(c) for c in part]
                unknown += chars.count(None)
                written.append("".join("?" if c is None else c for c in chars))
            fields[number] = STANDARD.repetition.join(written)
        lines.append(STANDARD.field.join(fields))
    return "".join(f"{line}\r" for line in lines), unknown


def _writable(char: str, holds: Callable[[str], bool]) -> bool:
    return holds(char) or in_latin(char) is not None


def with_overrides(text: str, overrides: Sequence[Mapping[str, str]]) -> str:
    """Return the message with fields set, moved or cleared by path.

    `{"path": "PV1-3.4", "value": "GH"}` sets a constant ("" clears), `{"path": "PID-2", "from":
    "PID-3.1"}` copies what stands elsewhere. A segment that is not there is left out, one that is
    there several times is changed each time.
    """
    if not overrides:
        return text
    message = Message(text)
    segments = [_Fields(segment) for segment in message.segments]
    for override in overrides:
        place = Path.of(override["path"])
        for fields in segments:
            if fields.name == place.segment:
                value = override.get("value")
                fields.set(place, message.get(override["from"]) if value is None else value)
        message = Message("".join(f"{fields.text}\r" for fields in segments))
    return str(message)


class _Fields:
    """The fields of one segment, to be changed; MSH-1 and MSH-2 stay what they are."""

    def __init__(self, segment: Segment) -> None:
        self.name = segment.name
        self._fields = list(segment.fields)

    @property
    def text(self) -> str:
        skip = self._fields[:1] + self._fields[2:] if self.name == "MSH" else self._fields
        return STANDARD.field.join(skip).rstrip(STANDARD.field)

    def set(self, place: Path, value: str) -> None:
        if self.name == "MSH" and place.field <= 2:
            return
        self._fields += [""] * (place.field + 1 - len(self._fields))
        parts = self._fields[place.field].split(STANDARD.repetition)
        parts += [""] * (place.repetition - len(parts))
        here = parts[place.repetition - 1]
        components = here.split(STANDARD.component)
        components += [""] * (place.component - len(components))
        subs = components[place.component - 1].split(STANDARD.subcomponent)
        subs += [""] * (place.subcomponent - len(subs))
        subs[place.subcomponent - 1] = STANDARD.escaped(value)
        components[place.component - 1] = STANDARD.subcomponent.join(subs).rstrip("&")
        parts[place.repetition - 1] = STANDARD.component.join(components).rstrip("^")
        self._fields[place.field] = STANDARD.repetition.join(parts)


def _formed(text: str, options: PeerOptions) -> str:
    """Return the message with the separators and segment ends the receiver wants."""
    marks, end = options.marks, options.end
    if marks == STANDARD and end == "\r":
        return text
    if marks != STANDARD:
        text = "".join(f"{_remarked(s, marks)}\r" for s in Message(text).segments)
    return text.replace("\r", end)


def _remarked(segment: Segment, marks: Separators) -> str:
    """Return a segment in other separators, each value escaped anew."""
    start = [segment.name]
    numbers = range(1, len(segment.fields))
    if segment.name == "MSH":
        start, numbers = ["MSH", marks.encoding_characters], range(3, len(segment.fields))
    written = []
    for number in numbers:
        repetitions = [
            marks.component.join(
                marks.subcomponent.join(marks.escaped(sub) for sub in component)
                for component in segment.components(number, repetition)
            )
            for repetition in range(1, len(segment.repetitions(number)) + 1)
        ]
        written.append(marks.repetition.join(repetitions))
    return marks.field.join([*start, *written])
