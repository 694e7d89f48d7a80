"""The keys of [archive], and those by which a [[dicom_peer]] overrides them; pure."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any, Final

from pacs_hub.site.reader import TableReader
from pacs_hub.site.tables import ArchiveRow

ANSWERS: Final = {
    "different_object": ("keep-aside", "refuse"),
    "conflicting_patient": ("keep-aside", "accept"),
    "missing_patient_id": ("accept", "refuse"),
    "unknown_sop_class": ("accept", "refuse"),
}
MOST_GB: Final = 1_000_000
_UID: Final = re.compile(r"[0-9]+(\.[0-9]+)+")


def archive_row(raw: Mapping[str, Any], problems: list[str]) -> ArchiveRow:
    """Read the [archive] table, which may be left out."""
    values = raw.get("archive", {})
    if not isinstance(values, dict):
        problems.append("archive: is not a table; write [archive]")
        values = {}
    table = TableReader(table="[archive]", values=values, problems=problems)
    row = ArchiveRow(
        **policies(table), reserve_gb=table.number("reserve_gb", smallest=0, largest=MOST_GB)
    )
    table.finish()
    return row


def policies(table: TableReader) -> dict[str, Any]:
    """Read the keys that a site and a peer have in common; empty where nothing is said."""
    return {
        **{
            key: table.text(key, longest=20, default="", choices=choices)
            for key, choices in ANSWERS.items()
        },
        "sop_classes": table.texts("sop_classes", longest=64, default=(), rule=is_uid),
        "transfer_syntaxes": table.texts("transfer_syntaxes", longest=64, default=(), rule=is_uid),
        "quota_gb": table.number("quota_gb", smallest=1, largest=MOST_GB),
    }


def said(row: Any, *, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return the keys of a row that the file gives, as JSON has them."""
    values = dataclasses.asdict(row).items()
    told = {
        k: v for k, v in values if k not in without and v not in ("", None, ()) and v is not False
    }
    return {k: list(v) if isinstance(v, tuple) else v for k, v in told.items()}


def is_uid(value: str) -> str:
    """Rule: a UID (PS3.5 9.1)."""
    return "" if _UID.fullmatch(value) else "is not a UID: digits and dots"
