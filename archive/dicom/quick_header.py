"""The few values the index needs, straight from the bytes of a plain Part 10 file; pure.

The ingest path reads every object once. Little-endian files whose elements add up, from the
preamble to the last byte, are read here in a tenth of the time; whatever is unusual in any way is
left to the careful reader (`part10.read_header`), which also says what is wrong with it.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydicom.charset import convert_encodings, decode_bytes
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.valuerep import PN_DELIMS, TEXT_VR_DELIMS

IMPLICIT: Final = "1.2.840.10008.1.2"
BIG_ENDIAN: Final = "1.2.840.10008.1.2.2"
DEFLATED: Final = ("1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.8.1")
UNDEFINED: Final = 0xFFFFFFFF
SEQUENCE: Final = "ReferencedPerformedProcedureStepSequence"
_WANTED: Final = (
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyDate",
    "SeriesDate",
    "StudyTime",
    "SeriesTime",
    "AccessionNumber",
    "Modality",
    "ReferringPhysicianName",
    "StationName",
    "StudyDescription",
    "SeriesDescription",
    "PatientName",
    "PatientID",
    "IssuerOfPatientID",
    "PatientBirthDate",
    "PatientSex",
    "BodyPartExamined",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "StudyID",
    "SeriesNumber",
    "InstanceNumber",
    "Laterality",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "BitsAllocated",
)
_KEYWORDS: Final = {int(tag_for_keyword(keyword) or 0): keyword for keyword in _WANTED}
_TEXT_VR: Final = {tag: dictionary_VR(tag) for tag in _KEYWORDS}
_SEQUENCE_TAG: Final = int(tag_for_keyword(SEQUENCE) or 0)
_ITEM_UID_TAG: Final = int(tag_for_keyword("ReferencedSOPInstanceUID") or 0)
_CHARACTER_SET: Final = 0x00080005
_LONG_VRS: Final = frozenset(
    {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
)
_VRS: Final = _LONG_VRS | frozenset(
    b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split()
)
_NUMBERS: Final = frozenset({"Rows", "Columns", "BitsAllocated"})
_PN_DELIMITERS: Final = TEXT_VR_DELIMS | set(PN_DELIMS)
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_DEEPEST: Final = 16

Buffer = bytes | mmap.mmap


class _Unusual(Exception):
    """Not for this reader."""


def read_values(path: Path) -> Mapping[str, Any] | None:
    """Return values by keyword as text; None where the file is not of the plain kind."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _values(data)
    except (_Unusual, ValueError, LookupError, OSError, struct.error):
        return None


def _values(data: Buffer) -> Mapping[str, Any]:
    if data[128:132] != b"DICM":
        raise _Unusual
    start, syntax = _past_meta(data)
    if syntax in {BIG_ENDIAN, *DEFLATED} or not syntax:
        raise _Unusual
    raw = _collect(data, start, explicit=syntax != IMPLICIT)
    sets = raw.pop(_CHARACTER_SET, b"").decode("ascii").strip(" \0")
    encodings = convert_encodings(sets.split("\\") if sets else "ISO_IR 6")
    out: dict[str, Any] = {}
    for tag, value in raw.items():
        if tag == _SEQUENCE_TAG:
            out[SEQUENCE] = [{"ReferencedSOPInstanceUID": value.decode("latin-1")}]
            continue
        keyword = _KEYWORDS[tag]
        if keyword in _NUMBERS:
            out[keyword] = str(struct.unpack("<H", value)[0]) if value else ""
        else:
            out[keyword] = _text(value, _TEXT_VR[tag], encodings)
    return out


def _past_meta(data: Buffer) -> tuple[int, str]:
    """Return where the data set starts, and its transfer syntax (PS3.10 7.1)."""
    position, syntax = 132, ""
    while struct.unpack_from("<H", data, position)[0] == 2:
        tag, after, end = _element(data, position, explicit=True)
        if tag == 0x00020010:
            syntax = data[after:end].decode("ascii").strip(" \0")
        position = end
    return position, syntax


def _collect(data: Buffer, position: int, *, explicit: bool) -> dict[int, bytes]:
    """Walk all elements to the end of the data; keep the bytes of the wanted ones."""
    size, last = len(data), 0
    raw: dict[int, bytes] = {}
    while position < size:
        tag, after, end = _element(data, position, explicit=explicit)
        if tag <= last or end > size:
            raise _Unusual
        if tag in _KEYWORDS or tag == _CHARACTER_SET:
            raw[tag] = data[after:end]
        elif tag == _SEQUENCE_TAG:
            raw[tag] = _first_item_uid(data, after, end, explicit=explicit)
        last, position = tag, end
    return raw


def _element(
    data: Buffer, position: int, *, explicit: bool, depth: int = 0
) -> tuple[int, int, int]:
    """Return tag, start of value and end of the element at `position` (PS3.5 7.1)."""
    group, element = struct.unpack_from("<HH", data, position)
    if explicit:
        vr = data[position + 4 : position + 6]
        if vr in _LONG_VRS:
            length, after = struct.unpack_from("<I", data, position + 8)[0], position + 12
        elif vr in _VRS:
            length, after = struct.unpack_from("<H", data, position + 6)[0], position + 8
        else:
            raise _Unusual
    else:
        length, after = struct.unpack_from("<I", data, position + 4)[0], position + 8
    tag = group << 16 | element
    if length != UNDEFINED:
        return tag, after, after + length
    if explicit and vr == b"UN":
        raise _Unusual
    return tag, after, _end_of_items(data, after, explicit=explicit, depth=depth + 1)


def _end_of_items(data: Buffer, position: int, *, explicit: bool, depth: int) -> int:
    """Return where a sequence, or encapsulated pixel data, of undefined length ends."""
    if depth > _DEEPEST:
        raise _Unusual
    while True:
        tag, length = _item_header(data, position)
        position += 8
        if tag == _SEQUENCE_END:
            return position
        if tag != _ITEM:
            raise _Unusual
        if length != UNDEFINED:
            position += length
            continue
        while _item_header(data, position)[0] != _ITEM_END:
            position = _element(data, position, explicit=explicit, depth=depth)[2]
        position += 8


def _item_header(data: Buffer, position: int) -> tuple[int, int]:
    group, element, length = struct.unpack_from("<HHI", data, position)
    return group << 16 | element, length


def _first_item_uid(data: Buffer, position: int, end: int, *, explicit: bool) -> bytes:
    """Return the Referenced SOP Instance UID of the first item; empty where there is none."""
    if position >= end:
        return b""
    tag, length = _item_header(data, position)
    position += 8
    stop = end if length == UNDEFINED else position + length
    while tag == _ITEM and position < stop:
        tag_inside, _ = _item_header(data, position)
        if tag_inside == _ITEM_END:
            break
        inside, after, next_position = _element(data, position, explicit=explicit)
        if inside == _ITEM_UID_TAG:
            return data[after:next_position]
        position = next_position
    return b""


def _text(value: bytes, vr: str, encodings: list[str]) -> str:
    if vr == "PN":  # an empty last component group has no delimiter, PS3.5 6.2.1.1
        return decode_bytes(value, encodings, _PN_DELIMITERS).strip(" \0").rstrip("=")
    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii").strip(" \0")
    if vr in {"LO", "SH"}:
        return decode_bytes(value, encodings, TEXT_VR_DELIMS | {0x5C}).strip(" \0")
    return value.decode("latin-1").strip(" \0")
