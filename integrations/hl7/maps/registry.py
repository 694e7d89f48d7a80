"""Every inbound map by its name, and a site's overrides checked against them and made ready. Pure.

A map is a module of this package with tables of rows; one that is added is found here.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from types import ModuleType
from typing import Any, Final

from integrations.hl7 import maps as package
from integrations.hl7.maps.overrides import (
    ACTIONS,
    ANY,
    KINDS,
    MAY,
    PARTS,
    Override,
    stated,
    with_overrides,
)
from integrations.hl7.maps.rows import Reading, Row
from integrations.hl7.message import Path
from pacs_hub.kernel.errors import HubError

Table = tuple[Row, ...]


def _tables(module: ModuleType) -> dict[str, Table]:
    found = vars(module).items()
    return {
        name: value
        for name, value in found
        if isinstance(value, tuple) and value and all(isinstance(row, Row) for row in value)
    }


def _found() -> dict[str, dict[str, Table]]:
    names = sorted(found.name for found in pkgutil.iter_modules(package.__path__))
    names = [name for name in names if name not in ("overrides", "registry")]
    modules = {name: importlib.import_module(f"{package.__name__}.{name}") for name in names}
    return {name: tables for name, module in modules.items() if (tables := _tables(module))}


MAPS: Final[dict[str, dict[str, Table]]] = _found()
"""Map name ("orm2order") to its tables by the name they have there."""

_NAMES: Final = {id(table): name for name, tables in MAPS.items() for table in tables.values()}


def fields(name: str) -> list[str]:
    """Return our fields a map fills, in its order; none for a map nobody has."""
    rows = (row for table in MAPS.get(name, {}).values() for row in table)
    return list(dict.fromkeys(row.ours for row in rows))


def code_tables(name: str = ANY) -> list[str]:
    """Return the code tables that are read by a map, or by any."""
    wanted = MAPS.values() if name in ("", ANY) else [MAPS.get(name, {})]
    rows = (row for tables in wanted for table in tables.values() for row in table)
    return sorted({row.table for row in rows if row.table})


def map_of(table: Iterable[Row]) -> str:
    """Return the name of the map a table of rows is in."""
    return _NAMES.get(id(table), "")


@dataclass(frozen=True)
class Ready:
    """The overrides of one peer: filters, and rows that stand in place of the maps' own."""

    filters: tuple[Override, ...]
    reading: Reading


def ready(overrides: Sequence[Override], *, peer: str) -> Ready | None:
    """Return what is in force for a peer; None where the site says nothing of it."""
    own = [override for override in overrides if override.peer in (ANY, peer)]
    if not own:
        return None
    instead: dict[int, Table] = {}
    for name, tables in MAPS.items():
        wanted = [o for o in own if o.kind != "filter" and o.map in ("", ANY, name)]
        for table in tables.values():
            changed = with_overrides(table, wanted)
            if changed != table:
                instead[id(table)] = changed
    return Ready(tuple(o for o in own if o.kind == "filter"), Reading(instead))


def problems(override: Override, *, peers: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield (key, what is wrong) for each fault of an override."""
    if override.peer != ANY and override.peer not in set(peers):
        yield "peer", f"{override.peer!r} is not an [[hl7_peer]] that sends; * means every one"
    if override.kind not in KINDS:
        yield "kind", f"{override.kind!r} is none of {', '.join(KINDS)}"
        return
    for part in PARTS[override.kind]:
        if not getattr(override, part):
            yield part, f"is missing: {override.kind} needs it"
    allowed = {*PARTS[override.kind], *MAY.get(override.kind, ()), "name", "peer", "kind", "note"}
    for part, value in vars(override).items():
        if value and part not in allowed:
            yield part, f"does not go with kind {override.kind!r}"
    if override.map and override.map not in (ANY, *MAPS):
        yield "map", f"{override.map!r} is no map; the maps are {', '.join(MAPS)}"
    elif override.field and override.field not in fields(override.map):
        yield "field", f"{override.map} has no such field; {_known(override)}"
    elif override.kind in ("default", "constant") and override.value:
        yield from _value_problems(override)
    if override.table and override.table not in code_tables(override.map):
        known = ", ".join(code_tables(override.map))
        yield "table", f"{override.table!r} is not read there; the tables are {known}"
    yield from _path_problems(override)


def _known(override: Override) -> str:
    """Return the fields that were perhaps meant, else all there are."""
    there = fields(override.map)
    near = difflib.get_close_matches(override.field, there, n=3, cutoff=0.6)
    return f"perhaps {' or '.join(near)}" if near else f"it has {', '.join(there)}"


def _value_problems(override: Override) -> Iterator[tuple[str, str]]:
    for table in MAPS[override.map].values():
        for row in table:
            if row.ours != override.field:
                continue
            try:
                found: Any = stated(row, override.value, zone=UTC)
            except HubError as error:
                yield "value", error.text
                return
            if not found:
                yield "value", f"{override.value!r} is no value of {override.field}"
                return
            if row.longest and not row.cut and len(found) > row.longest:
                yield "value", f"is longer than {row.longest} characters"
                return


def _path_problems(override: Override) -> Iterator[tuple[str, str]]:
    for key, paths in (("from", override.sources), ("path", (override.path,))):
        for path in paths:
            try:
                if path:
                    Path.of(path)
            except ValueError:
                yield key, f"{path!r} is no place in a message, such as OBR-18.1 or ZOR-3"
    if override.kind != "filter":
        return
    code, mark, event = override.message.partition("^")
    good = override.message == ANY or (len(code) == 3 and mark and (event == ANY or event))
    if override.message and not good:
        yield "message", f"{override.message!r} is not written as ADT^A08, ADT^* or *"
    if override.action and override.action not in ACTIONS:
        yield "action", f"{override.action!r} is none of {', '.join(ACTIONS)}"
    if bool(override.path) != bool(override.equals):
        yield "equals", "goes with path, and path with equals"
