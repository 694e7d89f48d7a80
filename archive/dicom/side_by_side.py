"""Two forms of one object's attributes, line by line, for people; pure.

Both are DICOM JSON (PS3.18 F): what was received, and what leaves instead.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from archive.dicom.json_model import Json
from archive.dicom.names import attribute_name, uid_name

MOST_ITEMS: Final = 20
MOST_LINES: Final = 4000
LONGEST: Final = 2000
SHOWN_BYTES: Final = 24
_PN_GROUPS: Final = ("Alphabetic", "Ideographic", "Phonetic")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One attribute, or one item of a sequence (then without a tag), on both sides.

    None is what is not there, "" what is there and empty. `path` names its place, `under` that of
    the sequence or item it stands in.
    """

    path: str
    under: str = ""
    depth: int = 0
    tag: str = ""
    name: str = ""
    vr: str = ""
    received: str | None = None
    leaving: str | None = None
    has_more: bool = False
    differs: bool = False


@dataclass
class _Budget:
    left: int = MOST_LINES
    creators: dict[str, str] = field(default_factory=dict)


def side_by_side(received: Json, leaving: Json) -> list[Line]:
    """Return the lines of both, tags ascending; at most `MOST_LINES` of them."""
    return list(_lines(received, leaving, "", 0, _Budget()))


def _lines(
    received: Json, leaving: Json, under: str, depth: int, budget: _Budget
) -> Iterator[Line]:
    for tag in sorted({*received, *leaving}):
        if budget.left <= 0:
            return
        budget.left -= 1
        old, new = received.get(tag), leaving.get(tag)
        either: Mapping[str, Any] = new if new is not None else old or {}
        is_sequence = either.get("vr") == "SQ"
        path = f"{under}.{tag}" if under else tag
        yield Line(
            path=path,
            under=under,
            depth=depth,
            tag=f"({tag[:4]},{tag[4:]})",
            name=attribute_name(int(tag, 16), _creator(tag, leaving, received)),
            vr=str(either.get("vr", "")),
            received=None if old is None else _text(old),
            leaving=None if new is None else _text(new),
            has_more=is_sequence and bool(either.get("Value")),
            differs=old != new,
        )
        if is_sequence:
            yield from _items(old or {}, new or {}, path, depth + 1, budget)


def _items(old: Json, new: Json, under: str, depth: int, budget: _Budget) -> Iterator[Line]:
    before, after = old.get("Value") or [], new.get("Value") or []
    count = max(len(before), len(after))
    for number in range(min(count, MOST_ITEMS)):
        was = before[number] if number < len(before) else None
        now = after[number] if number < len(after) else None
        path = f"{under}.{number + 1}"
        yield Line(
            path=path,
            under=under,
            depth=depth,
            name=f"Item {number + 1}",
            received=None if was is None else "",
            leaving=None if now is None else "",
            has_more=True,
            differs=was != now,
        )
        yield from _lines(was or {}, now or {}, path, depth + 1, budget)
    if count > MOST_ITEMS:
        more = f"{count - MOST_ITEMS} more items are not shown"
        yield Line(path=f"{under}.more", under=under, depth=depth, name=more)


def _creator(tag: str, *items: Json) -> str:
    """Return who defines a private attribute (PS3.5 7.8.1)."""
    if not int(tag[3], 16) & 1 or tag[4:6] == "00":
        return ""
    place = f"{tag[:4]}00{tag[4:6]}"
    for item in items:
        values = item.get(place, {}).get("Value")
        if values:
            return str(values[0])
    return ""


def _text(element: Mapping[str, Any]) -> str:
    """Return a value as people read it; several are separated by a backslash, as in the object."""
    if "BulkDataURI" in element:
        return str(element["BulkDataURI"])
    if "InlineBinary" in element:
        return _binary(base64.b64decode(element["InlineBinary"]))
    values = element.get("Value") or []
    if element.get("vr") == "SQ":
        return f"{len(values)} item{'' if len(values) == 1 else 's'}"
    text = "\\".join(_value(value, str(element.get("vr"))) for value in values)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


def _value(value: Any, vr: str) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return "=".join(str(value.get(group, "")) for group in _PN_GROUPS).rstrip("=")
    if vr == "UI":
        name = uid_name(str(value))
        return str(value) if name == value else f"{value} ({name})"
    if vr == "AT":
        return f"({value[:4]},{value[4:]})"
    return str(value)


def _binary(value: bytes) -> str:
    start = value[:SHOWN_BYTES].hex(" ")
    return f"{start}{' …' if len(value) > SHOWN_BYTES else ''} ({len(value)} bytes)"
