"""The keys of [[hl7_map]], and the part of a site file that holds them; pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

from integrations.hl7.maps.overrides import KINDS, Override
from integrations.hl7.maps.registry import problems as problems_of
from pacs_hub.site.reader import TableReader
from pacs_hub.site.tables import Hl7PeerRow

TABLE: Final = "hl7_map"
_HEADER: Final = re.compile(r"^[ \t]*\[")
_OURS: Final = re.compile(r"^[ \t]*\[\[[ \t]*hl7_map[ \t]*\]\]")
LONGEST: Final = 300


def hl7_map_row(table: TableReader) -> Override:
    """Read one override; whether it fits the maps and peers is asked by `unfitting`."""
    kind = table.text("kind", longest=10, choices=KINDS)
    source = _source(table, kind)
    return Override(
        name=table.text("name", longest=80),
        peer=table.text("peer", longest=80, default="*") or "*",
        kind=kind,
        map=table.text("map", longest=40, default=""),
        field=table.text("field", longest=60, default=""),
        sources=source if kind == "move" else (),
        code=source[0] if kind == "code" and source else "",
        becomes=table.text("to", longest=LONGEST, default=""),
        value=table.text("value", longest=LONGEST, default=""),
        table=table.text("table", longest=20, default=""),
        message=table.text("message", longest=7, default=""),
        path=table.text("path", longest=20, default=""),
        equals=_equals(table),
        action=table.text("action", longest=10, default=""),
        note=table.text("note", longest=LONGEST, default=""),
    )


def _source(table: TableReader, kind: str) -> tuple[str, ...]:
    """Return `from`: one place or several to look at in turn; or the code that is replaced."""
    if not table.has("from"):
        table.known("from")
        return ()
    if table.holds_list("from"):
        found = table.texts("from", longest=40)
    else:
        found = (table.text("from", longest=LONGEST),)
    if kind in ("default", "constant", "filter") and found:
        table.complain("from", f'does not go with kind "{kind}"')
    if kind == "code" and len(found) != 1:
        table.complain("from", "is one code")
    return found


def _equals(table: TableReader) -> tuple[str, ...]:
    """Return the values that fit; an empty one is a field that is not sent."""
    if not table.has("equals"):
        table.known("equals")
        return ()
    if table.holds_list("equals"):
        return table.texts("equals", longest=LONGEST, default=())
    return (table.text("equals", longest=LONGEST, default=""),)


def unfitting(rows: Iterable[Override], peers: Iterable[Hl7PeerRow], text: str) -> Iterator[str]:
    """Yield a line for each override that fits no map, field, table or peer, with its place."""
    senders = [peer.name for peer in peers if peer.direction == "in"]
    for row, line in zip(rows, lines_of(text), strict=False):
        for key, problem in problems_of(row, peers=senders):
            shown = {"sources": "from", "code": "from", "becomes": "to"}.get(key, key)
            yield f"[[{TABLE}]] {row.name} (line {line}) {shown}: {problem}"


def lines_of(text: str) -> list[int]:
    """Return the line each [[hl7_map]] begins at."""
    return [n for n, line in enumerate(text.splitlines(), 1) if _OURS.match(line)]


def without_maps(text: str) -> str:
    """Return a site file without its overrides; everything else stays word for word."""
    kept: list[str] = []
    ours = False
    for line in text.splitlines(keepends=True):
        if _HEADER.match(line):
            ours = bool(_OURS.match(line))
        if not ours:
            kept.append(line)
    return "".join(kept)


def with_maps(text: str, rows: Iterable[Override]) -> str:
    """Return a site file with these overrides and no others, at its end."""
    body = without_maps(text).rstrip("\n") + "\n"
    return body + "".join(f"\n{written(row)}" for row in rows)


def written(row: Override) -> str:
    """Return an override as it stands in a site file."""
    said: dict[str, str | tuple[str, ...]] = {
        "name": row.name,
        "peer": row.peer,
        "kind": row.kind,
        "map": row.map,
        "field": row.field,
        "from": row.sources or row.code,
        "to": row.becomes,
        "value": row.value,
        "table": row.table,
        "message": row.message,
        "path": row.path,
        "equals": row.equals,
        "action": row.action,
        "note": row.note,
    }
    lines = [f"{key} = {_toml(value)}" for key, value in said.items() if value]
    return "\n".join([f"[[{TABLE}]]", *lines, ""])


def _toml(value: str | tuple[str, ...]) -> str:
    """Write a text or a list; JSON's escapes are TOML's."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return "[" + ", ".join(_toml(item) for item in value) + "]"
