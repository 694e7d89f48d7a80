"""The keys of [[retention]]; pure."""

from __future__ import annotations

from typing import Final

from pacs_hub.site.reader import TableReader
from pacs_hub.site.tables import RetentionRow

MOST_DAYS: Final = 40_000
DAYS_A_YEAR: Final = 365.25


def retention_row(table: TableReader) -> RetentionRow:
    """Read one rule; its age is given in days or in years."""
    days = table.number("days", smallest=1, largest=MOST_DAYS)
    years = table.number("years", smallest=1, largest=100)
    if (days is None) == (years is None) and table.has("days") == table.has("years"):
        table.complain("days", "say the least age in days or in years, one of them")
    return RetentionRow(
        name=table.text("name", longest=80),
        action=table.text("action", longest=6, choices=("delete", "cold")),
        days=days if days is not None else int((years or 0) * DAYS_A_YEAR),
        modality=table.texts("modality", longest=16, default=()),
        body_part=table.text("body_part", longest=16, default=""),
        description=table.text("description", longest=64, default=""),
        keep_last=table.number("keep_last", smallest=0, largest=1000, default=0) or 0,
    )
