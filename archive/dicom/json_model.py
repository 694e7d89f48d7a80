"""Dataset to DICOM JSON (PS3.18 F) without bulk data, straight from the encoded values."""

from __future__ import annotations

import base64
import math
import struct
from collections.abc import Callable, Iterable
from typing import Any, Final

from pydicom import Dataset
from pydicom.charset import convert_encodings, decode_bytes
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.tag import BaseTag
from pydicom.valuerep import TEXT_VR_DELIMS

Json = dict[str, Any]
# The place of a value: tag, item number (from 1), tag, ...
TagPath = tuple[int, ...]
# Where the bytes at a place can be had.
BulkUri = Callable[[TagPath], str]

INLINE_BYTES: Final = 1024
SPECIFIC_CHARACTER_SET: Final = 0x00080005
PIXEL_REPRESENTATION: Final = 0x00280103
NEVER_INLINE_GROUP: Final = 0x7FE0

_BINARY: Final = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
_TEXT_SPLIT: Final = frozenset({"LO", "SH", "UC"})
_TEXT_WHOLE: Final = frozenset({"LT", "ST", "UT"})
_ASCII_SPLIT: Final = frozenset({"AE", "AS", "CS", "DA", "DT", "TM", "UI"})
_ASCII_WHOLE: Final = frozenset({"UR"})
_NUMBER_CODES: Final = {
    "FD": "d",
    "FL": "f",
    "SL": "i",
    "SS": "h",
    "SV": "q",
    "UL": "I",
    "US": "H",
    "UV": "Q",
}
_PN_DELIMITERS: Final = TEXT_VR_DELIMS | {0x5E, 0x3D}
_PN_GROUPS: Final = ("Alphabetic", "Ideographic", "Phonetic")
# Dictionary entries with two VRs and the one to read a little-endian file with (PS3.6).
_AMBIGUOUS: Final = {"OB or OW": "OW", "US or OW": "OW", "US or SS or OW": "OW", "US or SS": "US"}
_LARGEST_EXACT: Final = 2**53
_GROUPS_LEFT_OUT: Final = frozenset({0x0000, 0x0002})


def to_json(dataset: Dataset, *, bulk_uri: BulkUri) -> Json:
    """Return the DICOM JSON of a dataset read up to its pixel data.

    Group lengths and group 0002 are left out, tags ascend, text is Unicode. What cannot be read
    as its VR says is passed on as UN, never dropped and never an error.
    """
    encodings = _encodings(dataset, ["iso8859"])
    return _item(dataset, encodings, _is_signed(dataset, False), (), bulk_uri)


def text_value(vr: str, values: Iterable[str]) -> Json:
    """Return the JSON of an attribute with these values; none of them makes it empty."""
    kept = list(values)
    if not any(kept):
        return {"vr": vr}
    if vr == "PN":
        return {"vr": vr, "Value": [_person_name(value) for value in kept]}
    return {"vr": vr, "Value": [value or None for value in kept]}


def number_value(vr: str, *values: float | str | None) -> Json:
    """Return the JSON of a numeric attribute; None makes it empty."""
    kept = [value for value in values if value is not None]
    return {"vr": vr, "Value": kept} if kept else {"vr": vr}


def tag_name(tag: int) -> str:
    """Return a tag as eight upper-case hexadecimal digits (PS3.18 F.2.2)."""
    return f"{tag:08X}"


def _item(
    dataset: Dataset, encodings: list[str], signed: bool, path: TagPath, bulk_uri: BulkUri
) -> Json:
    out: Json = {}
    for tag in sorted(dataset.keys()):
        if tag & 0xFFFF == 0 or tag >> 16 in _GROUPS_LEFT_OUT:
            continue
        element = dataset.get_item(tag)
        out[f"{tag:08X}"] = _element(dataset, element, encodings, signed, (*path, tag), bulk_uri)
    return out


def _element(
    dataset: Dataset,
    element: DataElement | RawDataElement,
    encodings: list[str],
    signed: bool,
    path: TagPath,
    bulk_uri: BulkUri,
) -> Json:
    vr = _vr_of(element, signed)
    if element.tag == SPECIFIC_CHARACTER_SET:
        return {"vr": "CS", "Value": ["ISO_IR 192"]}
    if isinstance(element, DataElement):
        return _converted(element, path, encodings, signed, bulk_uri)
    if not element.length:
        return {"vr": vr}
    if vr in _BINARY and not (vr == "UN" and element.tag.is_private):
        if element.value is None:  # put off while reading because it is long
            return {"vr": vr, "BulkDataURI": bulk_uri(path)}
        return _binary(vr, element.value, path, bulk_uri)
    try:
        if vr in {"SQ", "UN"} or element.value is None:
            return _converted(dataset[element.tag], path, encodings, signed, bulk_uri)
        return _value(vr, element.value, encodings, "<" if element.is_little_endian else ">")
    except (struct.error, ValueError, LookupError, NotImplementedError, EOFError):
        return _binary("UN", element.value or b"", path, bulk_uri)


def _vr_of(element: DataElement | RawDataElement, signed: bool) -> str:
    """Return the VR as read, or as PS3.6 says where the file does not."""
    vr = element.VR
    if vr is None or vr == "UN":
        vr = "LO" if element.tag.is_private_creator else _vr_of_tag(element.tag)
    if vr == "US or SS" and signed:
        return "SS"
    return _AMBIGUOUS.get(vr, vr)


def _vr_of_tag(tag: BaseTag) -> str:
    try:
        return dictionary_VR(tag)
    except KeyError:
        return "UN"


def _converted(
    element: DataElement, path: TagPath, encodings: list[str], signed: bool, bulk_uri: BulkUri
) -> Json:
    """Return an element pydicom has converted: sequences, values put off, known private ones."""
    if element.VR == "SQ":
        items = [
            _item(item, _encodings(item, encodings), _is_signed(item, signed), (*path, n), bulk_uri)
            for n, item in enumerate(element.value, start=1)
        ]
        return {"vr": "SQ", "Value": items} if items else {"vr": "SQ"}
    value = element.value
    if isinstance(value, bytes):
        return _binary(element.VR if element.VR in _BINARY else "UN", value, path, bulk_uri)
    if element.VM == 0:
        return {"vr": element.VR}
    values = list(value) if element.VM > 1 else [value]
    if element.VR in _NUMBER_CODES:
        return number_value(element.VR, *(_finite(v) for v in values))
    if element.VR in {"DS", "IS"}:
        return {"vr": element.VR, "Value": [_decimal(str(v)) for v in values]}
    if element.VR == "AT":
        return {"vr": "AT", "Value": [tag_name(v) for v in values]}
    return text_value(element.VR, ["" if v is None else str(v) for v in values])


def _binary(vr: str, value: bytes, path: TagPath, bulk_uri: BulkUri) -> Json:
    if not value:
        return {"vr": vr}
    if len(value) > INLINE_BYTES or path[-1] >> 16 == NEVER_INLINE_GROUP:
        return {"vr": vr, "BulkDataURI": bulk_uri(path)}
    return {"vr": vr, "InlineBinary": base64.b64encode(value).decode("ascii")}


def _value(vr: str, value: bytes, encodings: list[str], order: str) -> Json:
    code = _NUMBER_CODES.get(vr)
    if code is not None:
        count = len(value) // struct.calcsize(code)
        numbers = struct.unpack(f"{order}{count}{code}", value)
        return {"vr": vr, "Value": [_finite(number) for number in numbers]}
    if vr == "AT":
        words = struct.unpack(f"{order}{len(value) // 2}H", value)
        pairs = zip(words[::2], words[1::2], strict=True)
        return {"vr": vr, "Value": [f"{group:04X}{element:04X}" for group, element in pairs]}
    return _text(vr, value, encodings)


def _text(vr: str, value: bytes, encodings: list[str]) -> Json:
    if vr == "PN":
        return text_value(vr, _trimmed(decode_bytes(value, encodings, _PN_DELIMITERS).split("\\")))
    if vr in _TEXT_SPLIT:
        return text_value(vr, _trimmed(decode_bytes(value, encodings, TEXT_VR_DELIMS).split("\\")))
    if vr in _TEXT_WHOLE:
        return text_value(vr, [decode_bytes(value, encodings, TEXT_VR_DELIMS).rstrip(" \0")])
    text = value.decode("latin-1")
    if vr in _ASCII_WHOLE:
        return text_value(vr, [text.rstrip(" \0")])
    parts = _trimmed(text.split("\\"))
    if vr in {"DS", "IS"}:
        if not any(parts):
            return {"vr": vr}
        return {"vr": vr, "Value": [_decimal(part) for part in parts]}
    if vr in _ASCII_SPLIT:
        return text_value(vr, parts)
    raise ValueError(vr)


def _trimmed(values: list[str]) -> list[str]:
    return [value.strip(" \0") for value in values]


def _decimal(text: str) -> int | float | str | None:
    """Return a DS or IS value as a number; as sent where it is not one (PS3.18 F.2.3)."""
    if not text or text == "None":
        return None
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    return int(number) if number.is_integer() and abs(number) < _LARGEST_EXACT else number


def _finite(number: float) -> float | str:
    """Return a number JSON can carry, else its text (PS3.18 F.2.3)."""
    if isinstance(number, float) and not math.isfinite(number):
        return "NaN" if math.isnan(number) else ("inf" if number > 0 else "-inf")
    return str(number) if abs(number) > _LARGEST_EXACT and isinstance(number, int) else number


def _person_name(value: str) -> dict[str, str] | None:
    groups = zip(_PN_GROUPS, value.split("="), strict=False)
    return {name: group.strip() for name, group in groups if group.strip()} or None


def _encodings(dataset: Dataset, inherited: list[str]) -> list[str]:
    """Return the Python codecs of (0008,0005), or those of the dataset around this one."""
    if SPECIFIC_CHARACTER_SET not in dataset:
        return inherited
    raw = dataset.get_item(SPECIFIC_CHARACTER_SET).value
    if isinstance(raw, bytes):
        raw = [part.strip(" \0") for part in raw.decode("latin-1").split("\\")]
    try:
        return list(convert_encodings(raw or ""))
    except (LookupError, ValueError):
        return inherited


def _is_signed(dataset: Dataset, inherited: bool) -> bool:
    """Say whether values of VR "US or SS" are signed here (PS3.5 A.1)."""
    if PIXEL_REPRESENTATION not in dataset:
        return inherited
    raw = dataset.get_item(BaseTag(PIXEL_REPRESENTATION)).value
    return bool(any(raw)) if isinstance(raw, bytes) else bool(raw)
