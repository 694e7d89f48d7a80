"""How a map is read: each row says which HL7 paths fill one field of ours. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from integrations.hl7.maps import names, tables, times
from integrations.hl7.message import NULL, Path, SegmentList
from pacs_hub.kernel.errors import Malformed

Kind = Callable[[SegmentList, str, tzinfo], Any]


class FieldMissing(Malformed):
    """A field that must be valued is empty."""

    code = "field-missing"


class SegmentMissing(Malformed):
    """A segment that must be there is not."""

    code = "segment-missing"


class TooLong(Malformed):
    """A value that may not be shortened is longer than it may be."""

    code = "too-long"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a map: our field, where it comes from, and what is done to it on the way."""

    ours: str
    paths: tuple[str, ...]
    kind: Kind
    required: bool = False
    longest: int = 0  # longer values are cut where `cut`, else refused; 0: any length
    cut: bool = False
    table: str = ""
    note: str = ""


@dataclass(frozen=True)
class Reading:
    """How messages are read while it is in force: `instead` has a table's rows by its identity.

    What was read is added to `told`, with the table as it is written in its map.
    """

    instead: Mapping[int, tuple[Row, ...]] = field(default_factory=dict)
    told: list[tuple[Iterable[Row], dict[str, Any]]] | None = None


READING: ContextVar[Reading | None] = ContextVar("reading", default=None)
"""What the site says of the sender's messages; set where a message is given to its handler."""


def read(rows: Iterable[Row], segments: SegmentList, *, zone: tzinfo) -> dict[str, Any]:
    """Return our fields, from the first path of each row that holds something.

    The site's overrides of the sender take the place of rows here, and nowhere else.

    Raises:
        FieldMissing: a required one is empty.
        TooLong: an identifier does not fit.
        BadTime: a time is none.
    """
    found: dict[str, Any] = {}
    reading = READING.get()
    if reading is not None and reading.told is not None:
        reading.told.append((rows, found))
    for row in rows if reading is None else reading.instead.get(id(rows), rows):
        for path in row.paths:
            if value := row.kind(segments, path, zone):
                found[row.ours] = _fitted(row, path, value)
                break
        else:
            if row.required:
                raise FieldMissing(f"{row.paths[0]} is empty", field=row.paths[0])
    return found


def _fitted(row: Row, path: str, value: Any) -> Any:
    if not row.longest or len(value) <= row.longest:
        return value
    if not row.cut:
        raise TooLong(f"{path} is longer than {row.longest} characters", field=path)
    return value[: row.longest].rstrip()


def require(segments: SegmentList, *segment_names: str) -> None:
    """Check that each of these segments is there.

    Raises:
        SegmentMissing: one is not.
    """
    for name in segment_names:
        if segments.first(name) is None:
            raise SegmentMissing(f"there is no {name} segment", field=name)


def text(segments: SegmentList, path: str, _zone: tzinfo) -> str:
    """Read a value as it is; the null value says nothing."""
    value = segments.get(path)
    return "" if value == NULL else value


def joined(segments: SegmentList, path: str, _zone: tzinfo) -> str:
    """Read the valued components of a field, with spaces between."""
    place = Path.of(path)
    segment = segments.first(place.segment)
    parts = segment.components(place.field) if segment is not None else []
    return " ".join(p[0].strip() for p in parts if p[0].strip() and p[0] != NULL)


def moment(segments: SegmentList, path: str, zone: tzinfo) -> Any:
    """Read an instant; the site's zone where no offset is sent."""
    return times.moment(segments.get(path), zone=zone, field=path)


def tolerated_moment(segments: SegmentList, path: str, zone: tzinfo) -> Any:
    """Read an instant that only orders events: one that cannot be read says nothing."""
    try:
        return moment(segments, path, zone)
    except times.BadTime:
        return None


def provider_name(segments: SegmentList, path: str, _zone: tzinfo) -> str:
    """Read an XCN as a DICOM PN."""
    sent = components(segments, path)
    return names.provider_name(sent) if sent else ""


def interpreter_name(segments: SegmentList, path: str, _zone: tzinfo) -> str:
    """Read an NDL as a DICOM PN."""
    return names.interpreter_name(components(segments, path))


def priority(segments: SegmentList, path: str, _zone: tzinfo) -> str:
    """Read a priority."""
    return tables.PRIORITY.get(segments.get(path).upper()[:1], "")


def modality(segments: SegmentList, path: str, _zone: tzinfo) -> str:
    """Read a diagnostic service section as a DICOM modality."""
    return tables.modality(segments.get(path))


def components(segments: SegmentList, path: str) -> list[list[str]]:
    """Return the components of the field at `path`."""
    place = Path.of(path)
    segment = segments.first(place.segment)
    return segment.components(place.field, place.repetition) if segment is not None else []
