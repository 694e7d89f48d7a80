"""All attributes of one object, as they were received and as they leave; reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Final

from pydicom import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian

from archive.corrections.application import edits_of, over_json
from archive.corrections.queries import overlay_of
from archive.corrections.rules import Overlay, batches
from archive.dicom.elements import data_set_start
from archive.dicom.json_model import Json, TagPath, text_value, to_json
from archive.dicom.names import attribute_name, uid_name
from archive.dicom.part10 import read_open_header
from archive.dicom.rewriting import look_at
from archive.dicom.side_by_side import Line, side_by_side
from archive.retrieve.streaming import size_of
from archive.storage.area import StorageArea
from archive.store.models import Instance

_CHARACTER_SET: Final = "00080005"
_KEEPING: Final = ("04000561", "00080015")
_PIXELS: Final = Line(
    path="7FE00010",
    tag="(7FE0,0010)",
    name="Pixel Data",
    received="not read here; no correction ever touches it",
    leaving="not read here; no correction ever touches it",
)


@dataclass(frozen=True, kw_only=True)
class Why:
    """One change to what leaves: which attributes, for what reason, by whom, when."""

    tags: tuple[str, ...]
    reason: str
    source: str
    actor: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Attributes:
    """File Meta Information, then the data set; and why what leaves is not what came."""

    meta: list[Line]
    lines: list[Line]
    reasons: list[Why]

    @property
    def number_of_differences(self) -> int:
        """Count the attributes of the data set itself that differ."""
        return sum(line.differs for line in self.lines if line.depth == 0)


def attributes_of(row: Instance, *, area: StorageArea) -> Attributes:
    """Read the header and put the overlay of its study beside it; `row` comes with its study.

    Raises:
        NoSuchObject: the bytes are gone.
        Malformed: they cannot be read.
        Unavailable: the storage area cannot be reached now.
    """
    overlay = overlay_of(row.study)
    with area.open(row.storage_key) as file:
        header = read_open_header(file)
        received = to_json(header, bulk_uri=lambda path: _not_shown(header, path))
        leaving = received
        own_set = _own_character_set(header)
        if overlay is not None:
            leaving = over_json(received, overlay, previous_source=row.calling_ae)
        becomes_utf8 = leaving is not received and _becomes_utf8(row, file, overlay)
    lines = side_by_side(
        _with_character_set(received, own_set),
        _with_character_set(leaving, ["ISO_IR 192"] if becomes_utf8 else own_set),
    )
    if row.rows is not None:
        lines.append(_PIXELS)
    return Attributes(
        meta=_meta(header), lines=lines, reasons=_reasons(row, overlay, received) if overlay else []
    )


def _reasons(row: Instance, overlay: Overlay, received: Json) -> list[Why]:
    actors = {kept.at: kept.actor for kept in row.study.corrections.all()}
    sources = {(change.reason, change.at): change.source for change in overlay.changes}
    return [
        Why(
            tags=tuple(sorted(batch.attributes)),
            reason=batch.reason,
            source=sources.get((batch.reason, batch.at), ""),
            actor=actors.get(batch.at, ""),
            at=batch.at,
        )
        for batch in batches(overlay, received)
    ]


def is_bookkeeping(tag: str) -> bool:
    """Say whether an attribute only tells of corrections: what was there before, and when."""
    return tag in _KEEPING


def _meta(header: Dataset) -> list[Line]:
    lines = []
    for element in header.file_meta:
        text = "" if element.value is None else str(element.value)
        if element.VR == "UI" and uid_name(text) != text:
            text = f"{text} ({uid_name(text)})"
        if element.VR == "OB":
            text = f"{len(element.value or b'')} bytes"
        group, number = element.tag >> 16, element.tag & 0xFFFF
        lines.append(
            Line(
                path=f"{element.tag:08X}",
                tag=f"({group:04X},{number:04X})",
                name=attribute_name(int(element.tag)),
                vr=element.VR,
                received=text,
                leaving=text,
            )
        )
    return lines


def _not_shown(header: Dataset, path: TagPath) -> str:
    """Return how long a value is that is left on disk."""
    length = None
    if len(path) == 1:
        length = getattr(header.get_item(path[0]), "length", None)
    return f"{length} bytes, not shown" if length else "long, not shown"


def _own_character_set(header: Dataset) -> list[str]:
    value = header.get("SpecificCharacterSet")
    if not value:
        return []
    return [value] if isinstance(value, str) else [str(each) for each in value]


def _with_character_set(described: Json, names: list[str]) -> Json:
    """Return it with the character set of the object, which is never that of its JSON."""
    if not names and _CHARACTER_SET not in described:
        return described
    return dict(sorted({**described, _CHARACTER_SET: text_value("CS", names)}.items()))


def _becomes_utf8(row: Instance, file: BinaryIO, overlay: Overlay | None) -> bool:
    """Say whether a corrected text does not fit into the object's own character set."""
    if overlay is None or row.transfer_syntax_uid == DeflatedExplicitVRLittleEndian:
        return False
    source = look_at(
        file,
        start=data_set_start(file),
        stop=size_of(file),
        transfer_syntax_uid=row.transfer_syntax_uid,
    )
    edited = edits_of(source, overlay, encoding=source.encoding, previous_source=row.calling_ae)
    return edited is not None and edited.utf8
