"""The null value: what a sender empties (HL7 v2.5.1 2.5.3.6). Pure."""

from __future__ import annotations

from collections.abc import Iterable

from integrations.hl7.maps.rows import Row
from integrations.hl7.message import NULL, SegmentList


def cleared(rows: Iterable[Row], segments: SegmentList) -> frozenset[str]:
    """Return our fields that the sender emptied."""
    if not any(NULL in segment.text for segment in segments.segments):
        return frozenset()
    return frozenset(
        row.ours for row in rows if any(segments.get(path) == NULL for path in row.paths)
    )
