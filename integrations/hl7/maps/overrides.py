"""What a site says of a sender's messages where its fields are not where the maps look. Pure.

An override is data: another place for a field of ours, a value where there is none or always, a
code in the place of theirs, or a message that is left out or given to a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any, Final, Literal

from integrations.hl7.maps.rows import Kind, Row
from integrations.hl7.message import Message, Path, Segment, SegmentList, Separators

KINDS: Final = ("move", "default", "constant", "code", "filter")
ACTIONS: Final = ("ignore", "hold", "accept")
ANY: Final = "*"
STATED: Final = "(stated)"
"""Stands where a row's path does, for a value that comes from the site."""

Action = Literal["", "ignore", "hold", "accept"]


@dataclass(frozen=True, kw_only=True)
class Override:
    """One override; which of its parts are valued goes by `kind` (see `PARTS`)."""

    name: str
    peer: str
    kind: str
    map: str = ""
    field: str = ""
    sources: tuple[str, ...] = ()  # move: paths, the first that holds something
    value: str = ""
    table: str = ""
    code: str = ""
    becomes: str = ""
    message: str = ""  # filter: ADT^A08, ADT^* or *
    path: str = ""
    equals: tuple[str, ...] = ()  # "" is an empty field
    action: str = ""
    note: str = ""


PARTS: Final[dict[str, tuple[str, ...]]] = {
    "move": ("map", "field", "sources"),
    "default": ("map", "field", "value"),
    "constant": ("map", "field", "value"),
    "code": ("table", "code", "becomes"),
    "filter": ("message", "action"),
}
"""What must be valued for each kind."""
MAY: Final[dict[str, tuple[str, ...]]] = {"code": ("map",), "filter": ("path", "equals")}
"""What else may be."""


def with_overrides(rows: Sequence[Row], overrides: Iterable[Override]) -> tuple[Row, ...]:
    """Return the rows of a map as these overrides of it have them; later ones win."""
    changed = list(rows)
    for override in overrides:
        changed = [_changed(row, override) for row in changed]
    return tuple(changed)


def _changed(row: Row, override: Override) -> Row:
    if override.kind == "code":
        return _recoded(row, override) if row.table and row.table == override.table else row
    if row.ours != override.field:
        return row
    if override.kind == "move":
        return replace(row, paths=override.sources)
    if override.kind == "default":
        paths = (*(path for path in row.paths if path != STATED), STATED)
        return replace(row, paths=paths, kind=_or_stated(row, override.value))
    if override.kind == "constant":
        return replace(row, paths=(STATED,), kind=_or_stated(row, override.value))
    return row


def _or_stated(row: Row, value: str) -> Kind:
    """Read as the row does; where the site states the value, read that as if it were sent."""
    first = next((path for path in row.paths if path != STATED), STATED)

    def kind(segments: SegmentList, path: str, zone: tzinfo) -> Any:
        if path != STATED:
            return row.kind(segments, path, zone)
        return row.kind(_sent(first, value, segments.separators), first, zone)

    return kind


def _recoded(row: Row, override: Override) -> Row:
    """Read their code as if ours had been sent in its place."""

    def kind(segments: SegmentList, path: str, zone: tzinfo) -> Any:
        if path == STATED or segments.get(path).upper() != override.code.upper():
            return row.kind(segments, path, zone)
        return row.kind(_sent(path, override.becomes, segments.separators), path, zone)

    return replace(row, kind=kind)


def _sent(path: str, value: str, marks: Separators) -> SegmentList:
    """Return a message part that holds `value` at `path`; a whole field is written as in HL7."""
    place = Path.of(path)
    if "." in path:
        before = marks.component * (place.component - 1) + marks.subcomponent * (
            place.subcomponent - 1
        )
        value = before + marks.escaped(value)
    head = f"MSH{marks.field}{marks.encoding_characters}" if place.segment == "MSH" else ""
    skipped = place.field - (2 if head else 0)
    text = (head or place.segment) + marks.field * skipped + value
    return SegmentList([Segment(text, marks)], marks)


def stated(row: Row, value: str, *, zone: tzinfo) -> Any:
    """Return what a stated value is read as; the row's errors where it cannot be."""
    path = row.paths[0]
    return row.kind(_sent(path, value, Separators()), path, zone)


def filtered(message: Message, overrides: Iterable[Override]) -> Override | None:
    """Return the first filter the message fits; None where none speaks of it."""
    return next((o for o in overrides if o.kind == "filter" and _fits(message, o)), None)


def _fits(message: Message, override: Override) -> bool:
    code, event = message.get("MSH-9.1"), message.get("MSH-9.2")
    if override.message not in (ANY, f"{code}^{ANY}", f"{code}^{event}"):
        return False
    if not override.path:
        return True
    value = message.get(override.path).upper()
    return any(value == wanted.upper() for wanted in override.equals)


def in_words(override: Override) -> str:
    """Return what an override does, in one sentence."""
    field = override.field.replace("_", " ")
    if override.kind == "move":
        return f"{field} comes from {', else '.join(override.sources)}"
    if override.kind == "default":
        return f"{field} is {override.value} where none is sent"
    if override.kind == "constant":
        return f"{field} is always {override.value}"
    if override.kind == "code":
        return f"{override.code} in table {override.table} means {override.becomes}"
    values = " or ".join(value or "empty" for value in override.equals)
    where = f" whose {override.path} is {values}" if override.path else ""
    what = "every message" if override.message == ANY else override.message
    does = {"ignore": "is left out", "hold": "goes to a person", "accept": "is taken as it is"}
    return f"{what}{where} {does.get(override.action, override.action)}"
