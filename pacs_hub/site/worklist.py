"""The keys of [worklist], and of the `worklist` table of a [[dicom_peer]]; pure."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pacs_hub.site.reader import TableReader, is_ae_title
from pacs_hub.site.tables import DicomPeerRow, ProcedureRow, StationRow, WorklistRow

MOST_DAYS: Final = 3650
MOST_ROWS: Final = 10_000
_MODALITY: Final = re.compile(r"[A-Z0-9_ ]+")


def worklist_row(raw: Mapping[str, Any], problems: list[str]) -> WorklistRow:
    """Read the [worklist] table, which may be left out."""
    return _row(raw.get("worklist", {}), "[worklist]", problems)


def worklist_of_peer(table: TableReader, problems: list[str]) -> WorklistRow:
    """Read what a peer says of its own list; it may be left out."""
    return _row(table.table_of("worklist"), f"{table.table} worklist", problems)


def told(row: WorklistRow) -> dict[str, Any]:
    """Return the keys that the file gives, as JSON has them."""
    values = {k: v for k, v in dataclasses.asdict(row).items() if v not in (None, ())}
    return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}


def unmet(
    rows: Mapping[str, WorklistRow],
    stations: Iterable[StationRow],
    procedures: Iterable[ProcedureRow],
) -> Iterable[str]:
    """Yield a note for each station and code that the file does not have."""
    titles = {row.ae_title for row in stations}
    codes = {row.code for row in procedures}
    for name, row in rows.items():
        for title in row.stations:
            if title not in titles:
                yield f"{name} may see the steps of {title}, which is no [[station]]"
        for code in row.codes:
            if code not in codes:
                yield f"{name} may see {code}, not in the catalogue"


def lists_of(site: WorklistRow, peers: Iterable[DicomPeerRow]) -> dict[str, WorklistRow]:
    """Return every `worklist` table of a file by the name to show."""
    return {
        "[worklist]": site,
        **{f"[[dicom_peer]] {peer.ae_title} worklist": peer.worklist for peer in peers},
    }


def _row(values: Any, name: str, problems: list[str]) -> WorklistRow:
    if not isinstance(values, dict):
        problems.append(f"{name}: is not a table; write {{ keep_started = true }}")
        values = {}
    table = TableReader(table=name, values=values, problems=problems)
    row = WorklistRow(
        modalities=table.texts("modalities", longest=16, default=(), rule=_is_modality),
        stations=table.texts("stations", longest=16, default=(), rule=is_ae_title),
        codes=table.texts("codes", longest=64, default=()),
        days_before=table.number("days_before", smallest=0, largest=MOST_DAYS),
        days_after=table.number("days_after", smallest=0, largest=MOST_DAYS),
        keep_started=_choice(table, "keep_started"),
        require_arrived=_choice(table, "require_arrived"),
        expires_after_days=table.number("expires_after_days", smallest=0, largest=MOST_DAYS),
        limit=table.number("limit", smallest=1, largest=MOST_ROWS),
    )
    table.finish()
    return row


def _choice(table: TableReader, key: str) -> bool | None:
    """Return what is said, which may be "no" to what the site says of all; None: nothing."""
    said = table.flag(key)
    return said if table.has(key) else None


def _is_modality(value: str) -> str:
    good = _MODALITY.fullmatch(value)
    return "" if good else "is not a DICOM code: capitals, digits, blank and _"
