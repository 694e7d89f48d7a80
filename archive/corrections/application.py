"""An overlay put over an object: over its bytes as they leave, or over its DICOM JSON; pure.

What was there before goes into the Original Attributes Sequence (PS3.3 C.12.1.1.9), one item for
each batch of changes, behind the items that are there already.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pydicom import Dataset
from pydicom.charset import encode_string
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_data_element

from archive.corrections.rules import Batch, Overlay, batches
from archive.dicom.elements import BrokenElements, Encoding, items
from archive.dicom.json_model import Json, tag_name, text_value, to_json
from archive.dicom.recoding import (
    DEFAULT_CODECS,
    SPECIFIC_CHARACTER_SET,
    Recoder,
    Surroundings,
    decoded_text,
    element_head,
    sequence,
    short_element,
)
from archive.dicom.rewriting import DataSet, Edits
from archive.dicom.segments import Piece, Segment

ORIGINAL_ATTRIBUTES: Final = 0x04000561
COERCION_DATE_TIME: Final = 0x00080015
_MODIFIED_ATTRIBUTES: Final = 0x04000550
_MODIFICATION_DATE_TIME: Final = 0x04000562
_MODIFYING_SYSTEM: Final = 0x04000563
_SOURCE_OF_PREVIOUS: Final = 0x04000564
_REASON: Final = 0x04000565
_UTF8_CODECS: Final = ("utf8",)
_LONGEST_READ: Final = 16 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Edited:
    """The elements that become others; with `utf8` all other text has to become ISO_IR 192."""

    edits: Edits
    utf8: bool = False


def edits_of(
    source: DataSet, overlay: Overlay, *, encoding: Encoding, previous_source: str
) -> Edited | None:
    """Return what the overlay does to a data set that leaves in `encoding`; None for nothing.

    `previous_source` is who sent the object (0400,0564).

    Raises:
        BrokenElements: the header does not add up.
    """
    todo = batches(overlay, header_json(source, overlay))
    if not todo:
        return None
    utf8 = not all(_can_be_written(batch, source.codecs) for batch in todo)
    codecs = _UTF8_CODECS if utf8 else source.codecs
    old = _Old(source, encoding, utf8)
    edits: dict[int, Sequence[Segment]] = {}
    originals = old.original_attributes()
    for batch in todo:
        dataset = Dataset.from_json({tag: dict(v) for tag, v in batch.attributes.items()})
        for element in dataset:
            edits[int(element.tag)] = [_element_bytes(element, encoding, codecs)]
        originals.append(
            _item(encoding, old.elements(batch), batch, overlay.system, previous_source)
        )
    at = short_element(COERCION_DATE_TIME, "DT", _moment(_latest(todo)).encode(), encoding)
    edits[COERCION_DATE_TIME] = [at]
    edits[ORIGINAL_ATTRIBUTES] = sequence(ORIGINAL_ATTRIBUTES, originals, encoding)
    return Edited(edits=edits, utf8=utf8)


def over_json(described: Json, overlay: Overlay, *, previous_source: str) -> Json:
    """Return the DICOM JSON of an object with the overlay over it, tags ascending."""
    todo = batches(overlay, described)
    if not todo:
        return described
    out = dict(described)
    originals = list(out.get(tag_name(ORIGINAL_ATTRIBUTES), {}).get("Value") or [])
    for batch in todo:
        before = {
            tag: described.get(tag, {"vr": value["vr"]}) for tag, value in batch.attributes.items()
        }
        originals.append(
            {
                tag_name(_MODIFIED_ATTRIBUTES): {
                    "vr": "SQ",
                    "Value": [dict(sorted(before.items()))],
                },
                tag_name(_MODIFICATION_DATE_TIME): text_value("DT", [_moment(batch.at)]),
                tag_name(_MODIFYING_SYSTEM): text_value("LO", [overlay.system]),
                tag_name(_SOURCE_OF_PREVIOUS): text_value("LO", [previous_source]),
                tag_name(_REASON): text_value("CS", [batch.reason]),
            }
        )
        out.update(batch.attributes)
    out[tag_name(COERCION_DATE_TIME)] = text_value("DT", [_moment(_latest(todo))])
    out[tag_name(ORIGINAL_ATTRIBUTES)] = {"vr": "SQ", "Value": originals}
    return dict(sorted(out.items()))


def header_json(source: DataSet, overlay: Overlay) -> Json:
    """Return what the header says of the attributes the overlay may touch."""
    wanted = {SPECIFIC_CHARACTER_SET} | {int(tag, 16) for tag in overlay.tags}
    raw = bytearray()
    for tag in sorted(wanted & set(source.header)):
        element = source.header[tag]
        if element.end - element.start > _LONGEST_READ:
            raise BrokenElements("an attribute to be corrected is too long")
        source.file.seek(element.start)
        raw += source.file.read(element.end - element.start)
    little = source.encoding.order == "<"
    dataset = read_dataset(io.BytesIO(raw), source.encoding.implicit, little, bytelength=len(raw))
    return to_json(dataset, bulk_uri=lambda _: "")


@dataclass(frozen=True)
class _Old:
    """What the object said, as it stands in the new one."""

    source: DataSet
    encoding: Encoding
    utf8: bool

    def elements(self, batch: Batch) -> list[Segment]:
        """Return the elements that change as they were, empty where they were not there."""
        out: list[Segment] = []
        for tag, value in sorted((int(t, 16), v) for t, v in batch.attributes.items()):
            element = self.source.header.get(tag)
            if element is None:
                out.append(element_head(tag, value["vr"], 0, self.encoding))
            elif self._is_kept(element.encoding):
                out.append(Piece(self.source.file, element.start, element.end - element.start))
            else:
                out += self._recoder.element(element, self._around)
        return out

    def original_attributes(self) -> list[list[Segment]]:
        """Return the items of the Original Attributes Sequence it came with."""
        old = self.source.header.get(ORIGINAL_ATTRIBUTES)
        out: list[list[Segment]] = []
        if old is None or not old.is_sequence:
            return out
        for item in items(self.source.file, old):
            if self._is_kept(old.encoding):
                out.append([Piece(self.source.file, item.body, item.stop - item.body)])
            else:
                out.append(self._recoder.item(old, item, self._around))
        return out

    def _is_kept(self, encoding: Encoding) -> bool:
        return not self.utf8 and encoding == self.encoding

    @property
    def _recoder(self) -> Recoder:
        return Recoder(self.source.file, self.encoding, self.utf8)

    @property
    def _around(self) -> Surroundings:
        return Surroundings(codecs=self.source.codecs)


def _item(
    encoding: Encoding, before: Sequence[Segment], batch: Batch, system: str, previous_source: str
) -> list[Segment]:
    def text(tag: int, vr: str, value: str) -> bytes:
        return short_element(tag, vr, value.encode("ascii", "replace")[:64], encoding)

    return [
        *sequence(_MODIFIED_ATTRIBUTES, [before], encoding),
        text(_MODIFICATION_DATE_TIME, "DT", _moment(batch.at)),
        text(_MODIFYING_SYSTEM, "LO", system),
        text(_SOURCE_OF_PREVIOUS, "LO", previous_source),
        text(_REASON, "CS", batch.reason),
    ]


def _element_bytes(element: object, encoding: Encoding, codecs: Sequence[str]) -> bytes:
    out = DicomBytesIO()
    out.is_implicit_VR, out.is_little_endian = encoding.implicit, encoding.order == "<"
    write_data_element(out, element, list(codecs))  # type: ignore[arg-type]
    return bytes(out.getvalue())


def _can_be_written(batch: Batch, codecs: Sequence[str]) -> bool:
    """Say whether every text of the batch survives a round trip through these codecs."""
    for text, vr in _texts(batch.attributes):
        if text.isascii():
            continue
        if tuple(codecs) == DEFAULT_CODECS:  # the default repertoire is ASCII, PS3.5 6.1
            return False
        if not any(_encodes(codec, text) for codec in codecs):
            return False
        if decoded_text(encode_string(text, list(codecs)), vr, codecs) != text:
            return False
    return True


def _encodes(codec: str, text: str) -> bool:
    try:
        return bool(text.encode(codec))
    except (UnicodeError, LookupError):
        return False


def _texts(attributes: Mapping[str, Json]) -> list[tuple[str, str]]:
    out: list[tuple[str, str]] = []
    for element in attributes.values():
        for value in element.get("Value") or []:
            if element["vr"] == "SQ":
                out += _texts(value)
            elif isinstance(value, dict):
                parts = [part for group in value.values() for part in group.split("^")]
                out += [(part, "PN") for part in parts]
            elif isinstance(value, str):
                out.append((value, element["vr"]))
    return out


def _latest(todo: Sequence[Batch]) -> datetime:
    return max(batch.at for batch in todo)


def _moment(at: datetime) -> str:
    """Return a DT in UTC, with its offset (PS3.5 6.2)."""
    return at.astimezone(UTC).strftime("%Y%m%d%H%M%S.%f+0000")
