"""The few values the index needs, straight from the bytes of a plain Part 10 file; pure.

The ingest path reads every object once. Little-endian files whose elements add up, from the
preamble to the last byte, are read here in a tenth of the time; whatever is unusual in any way is
left to the careful reader (`part10.read_header`), which also says what is wrong with it.
"""

from __future__ import annotations

import functools
import mmap
import struct
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from pydicom.charset import convert_encodings, decode_bytes
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.filereader import read_sequence
from pydicom.valuerep import PN_DELIMS, TEXT_VR_DELIMS

from archive.dicom.part10 import UNREADABLE

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
    "ContentDate",
    "ContentTime",
    "InstitutionName",
    "AdmissionID",
    "PerformedProcedureStepStartDate",
    "PerformedProcedureStepStartTime",
    "CompletionFlag",
    "VerificationFlag",
)
_WHOLE_SEQUENCES: Final = frozenset(
    {
        "IssuerOfAccessionNumberSequence",
        "ProcedureCodeSequence",
        "ConceptNameCodeSequence",
        "RequestAttributesSequence",
    }
)
_NAMES: Final = {
    int(tag_for_keyword(keyword) or 0): keyword
    for keyword in (*_WANTED, SEQUENCE, *_WHOLE_SEQUENCES)
}
_TEXT_VR: Final = {keyword: dictionary_VR(tag) for tag, keyword in _NAMES.items()}
_SEQUENCE_TAG: Final = int(tag_for_keyword(SEQUENCE) or 0)
_ITEM_UID_TAG: Final = int(tag_for_keyword("ReferencedSOPInstanceUID") or 0)
_CHARACTER_SET: Final = 0x00080005
_WANTED_TAGS: Final = frozenset({*_NAMES, _CHARACTER_SET})
_LONG_VRS: Final = frozenset(
    {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
)
_SHORT_VRS: Final = frozenset(
    b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split()
)
_NUMBERS: Final = frozenset({"Rows", "Columns", "BitsAllocated"})
_PN_DELIMITERS: Final = TEXT_VR_DELIMS | set(PN_DELIMS)
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_DEEPEST: Final = 16

Buffer = bytes | bytearray | mmap.mmap
_EXPLICIT: Final = struct.Struct("<HH2sH").unpack_from
_IMPLICIT: Final = struct.Struct("<HHI").unpack_from
_LENGTH: Final = struct.Struct("<I").unpack_from


class _Unusual(Exception):
    """Not for this reader."""


class QuickHeader(Mapping[str, Any]):
    """Values by keyword as text, decoded when they are asked for; absent ones have no key.

    Sequences are data sets.
    """

    __slots__ = ("_encodings", "_explicit", "_raw")

    def __init__(self, raw: dict[int, bytes], *, explicit: bool) -> None:
        self._explicit = explicit
        sets = raw.pop(_CHARACTER_SET, b"").decode("ascii").strip(" \0")
        self._encodings = _encodings(sets)
        self._raw = {_NAMES[tag]: value for tag, value in raw.items()}

    def __getitem__(self, keyword: str) -> Any:
        """Return the value of `keyword`."""
        value = self._raw[keyword]
        if keyword == SEQUENCE:
            return [{"ReferencedSOPInstanceUID": value.decode("latin-1")}]
        if keyword in _WHOLE_SEQUENCES:
            return self._items(value)
        if keyword in _NUMBERS:
            return str(struct.unpack("<H", value)[0]) if len(value) == 2 else ""
        return _text(value, _TEXT_VR[keyword], self._encodings)

    def _items(self, value: bytes) -> Any:
        """Return the items of a sequence; what cannot be read has none."""
        try:
            return read_sequence(
                BytesIO(value), not self._explicit, True, len(value), self._encodings
            )
        except UNREADABLE:
            return []

    def __iter__(self) -> Iterator[str]:
        """Iterate over the keywords."""
        return iter(self._raw)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._raw)


def read_values(path: Path, *, head: bytes | bytearray = b"", size: int = 0) -> QuickHeader | None:
    """Return the values of a file; None where it is not of the plain kind.

    `head` are its first bytes and `size` its length, where the caller knows them: most files are
    understood from those alone.
    """
    if head and (values := _understood(head, size)) is not None:
        return values
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _understood(data, len(data))
    except (ValueError, OSError):
        return None


def _understood(data: Buffer, size: int) -> QuickHeader | None:
    try:
        if data[128:132] != b"DICM":
            return None
        start, syntax = _past_meta(data)
        if syntax in {BIG_ENDIAN, *DEFLATED} or not syntax:
            return None
        explicit = syntax != IMPLICIT
        return QuickHeader(_collect(data, start, size, explicit=explicit), explicit=explicit)
    except (_Unusual, ValueError, LookupError, struct.error):
        return None


@functools.lru_cache(maxsize=64)
def _encodings(sets: str) -> list[str]:
    return convert_encodings(sets.split("\\") if sets else "ISO_IR 6")


def _past_meta(data: Buffer) -> tuple[int, str]:
    """Return where the data set starts, and its transfer syntax (PS3.10 7.1)."""
    position, syntax = 132, ""
    while struct.unpack_from("<H", data, position)[0] == 2:
        tag, after, end = _element(data, position, explicit=True)
        if tag == 0x00020010:
            syntax = data[after:end].decode("ascii").strip(" \0")
        position = end
    return position, syntax


def _collect(data: Buffer, position: int, size: int, *, explicit: bool) -> dict[int, bytes]:
    """Walk all elements to the end of the data; keep the bytes of the wanted ones.

    Written out in one piece: this loop is a good part of what an object costs.
    """
    held, last = len(data), 0
    raw: dict[int, bytes] = {}
    while position < size:
        if explicit:
            group, element, vr, length = _EXPLICIT(data, position)
            if vr in _SHORT_VRS:
                after = position + 8
            elif vr in _LONG_VRS:
                (length,), after = _LENGTH(data, position + 8), position + 12
            else:
                raise _Unusual
        else:
            (group, element, length), vr, after = _IMPLICIT(data, position), b"", position + 8
        tag = group << 16 | element
        if length != UNDEFINED:
            end = after + length
        elif vr == b"UN":
            raise _Unusual
        else:
            end = _end_of_items(data, after, explicit=explicit, depth=1)
        if tag <= last or end > size:
            raise _Unusual
        if tag in _WANTED_TAGS:
            if end > held:
                raise _Unusual
            if tag == _SEQUENCE_TAG:
                raw[tag] = _first_item_uid(data, after, end, explicit=explicit)
            else:
                raw[tag] = bytes(data[after:end])
        last, position = tag, end
    return raw


def _element(
    data: Buffer, position: int, *, explicit: bool, depth: int = 0
) -> tuple[int, int, int]:
    """Return tag, start of value and end of the element at `position` (PS3.5 7.1)."""
    if explicit:
        group, element, vr, length = _EXPLICIT(data, position)
        after = position + 8
        if vr in _LONG_VRS:
            (length,), after = _LENGTH(data, position + 8), position + 12
        elif vr not in _SHORT_VRS:
            raise _Unusual
    else:
        (group, element, length), vr, after = _IMPLICIT(data, position), b"", position + 8
    tag = group << 16 | element
    if length != UNDEFINED:
        return tag, after, after + length
    if vr == b"UN":
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
            return bytes(data[after:next_position])
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
