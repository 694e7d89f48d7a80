"""Elements written anew in another encoding, or their text in another character set; pure.

Nothing is read here but what has to change: the rest is pointed at and copied when it is sent.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO, Final

from pydicom.charset import convert_encodings, decode_bytes
from pydicom.valuerep import TEXT_VR_DELIMS

from archive.dicom.elements import (
    ITEM,
    LONG_VRS,
    SEQUENCE_END,
    UNDEFINED,
    BrokenElements,
    Element,
    Encoding,
    Item,
    items,
    value_of,
    walk,
)
from archive.dicom.segments import Piece, Segment, length_of

UTF8: Final = "ISO_IR 192"
SPECIFIC_CHARACTER_SET: Final = 0x00080005
DEFAULT_CODECS: Final = ("iso8859",)
_PIXEL_REPRESENTATION: Final = 0x00280103
_LENGTH_TO_END: Final = 0x00080001
_TEXT_VRS: Final = frozenset(("LO", "LT", "PN", "SH", "ST", "UC", "UT"))
_PN_DELIMITERS: Final = TEXT_VR_DELIMS | {0x5E, 0x3D}
_WORDS: Final = {
    **dict.fromkeys(("AT", "OW", "SS", "US"), 2),
    **dict.fromkeys(("FL", "OF", "OL", "SL", "UL"), 4),
    **dict.fromkeys(("FD", "OD", "OV", "SV", "UV"), 8),
}
# Dictionary entries with two VRs and the one a value without a VR has (PS3.5 A.1).
_AMBIGUOUS: Final = {"OB or OW": "OW", "US or OW": "OW", "US or SS or OW": "OW", "US or SS": "US"}
_SHORT_LENGTH: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a value's meaning takes from the data set around it."""

    codecs: Sequence[str] = DEFAULT_CODECS
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Recoder:
    """Writes the elements of `file` anew in `encoding`; with `utf8` all text in ISO_IR 192.

    Group lengths are left out: they would be wrong and are retired (PS3.5 7.2). The text of
    private elements whose VR is not known stays as it is.
    """

    file: BinaryIO
    encoding: Encoding
    utf8: bool = False

    def element(self, element: Element, around: Surroundings, depth: int = 0) -> list[Segment]:
        """Return one element in the new encoding.

        Raises:
            BrokenElements: its items do not add up, or its text grows too long for its VR.
        """
        if element.tag & 0xFFFF == 0 or element.tag == _LENGTH_TO_END:
            return []
        if self.utf8 and element.tag == SPECIFIC_CHARACTER_SET:
            return [short_element(element.tag, "CS", UTF8.encode(), self.encoding)]
        if element.is_sequence:
            return self._sequence(element, around, depth)
        vr = _one_vr(element, around)
        if element.length == UNDEFINED:  # encapsulated pixel data, of an icon perhaps
            rest = Piece(self.file, element.value, element.end - element.value)
            return [element_head(element.tag, vr, UNDEFINED, self.encoding), rest]
        if self.utf8 and vr in _TEXT_VRS and element.length:
            text = decoded_text(value_of(self.file, element), vr, around.codecs)
            return [short_element(element.tag, vr, text.encode(), self.encoding)]
        turned = element.vr != "UN" and element.encoding.order != self.encoding.order
        word = _WORDS.get(vr, 1) if turned else 1
        value = Piece(self.file, element.value, element.length, word)
        if not self.encoding.implicit and element.length > _SHORT_LENGTH and vr not in LONG_VRS:
            vr = "UN"  # PS3.5 6.2.2: the value does not fit its VR
        return [element_head(element.tag, vr, element.length, self.encoding), value]

    def elements(
        self, elements: Iterable[Element], around: Surroundings, depth: int = 0
    ) -> list[Segment]:
        """Return the elements of an item in the new encoding."""
        out: list[Segment] = []
        for element in elements:
            around = surroundings_after(self.file, element, around)
            out += self.element(element, around, depth)
        return out

    def item(
        self, element: Element, item: Item, around: Surroundings, depth: int = 0
    ) -> list[Segment]:
        """Return the content of one item of a sequence in the new encoding."""
        inside = walk(self.file, item.body, item.stop, element.encoding, depth + 1)
        return self.elements(inside, around, depth + 1)

    def _sequence(self, element: Element, around: Surroundings, depth: int) -> list[Segment]:
        bodies = [
            self.item(element, item, around, depth) for item in items(self.file, element, depth)
        ]
        return sequence(element.tag, bodies, self.encoding)


def surroundings_after(file: BinaryIO, element: Element, around: Surroundings) -> Surroundings:
    """Return what holds for the elements from this one on."""
    if element.tag == SPECIFIC_CHARACTER_SET and element.length != UNDEFINED:
        return replace(around, codecs=codecs_of(value_of(file, element), around.codecs))
    if element.tag == _PIXEL_REPRESENTATION and element.length != UNDEFINED:
        return replace(around, signed=any(value_of(file, element)))
    return around


def codecs_of(value: bytes, inherited: Sequence[str] = DEFAULT_CODECS) -> Sequence[str]:
    """Return the Python codecs a Specific Character Set (PS3.3 C.12.1.1.2) stands for."""
    terms = [part.strip(" \0") for part in value.decode("latin-1").split("\\")]
    try:
        return list(convert_encodings(terms)) if any(terms) else inherited
    except (LookupError, ValueError):
        return inherited


def decoded_text(value: bytes, vr: str, codecs: Sequence[str]) -> str:
    """Return a text value, its several values still parted by backslashes."""
    delimiters = _PN_DELIMITERS if vr == "PN" else TEXT_VR_DELIMS
    return decode_bytes(value, codecs, delimiters).rstrip(" \0")


def element_head(tag: int, vr: str, length: int, encoding: Encoding) -> bytes:
    """Return what stands before a value (PS3.5 7.1.2, 7.1.3)."""
    order, group, number = encoding.order, tag >> 16, tag & 0xFFFF
    if encoding.implicit:
        return struct.pack(f"{order}HHI", group, number, length)
    if vr in LONG_VRS:
        return struct.pack(f"{order}HH2sHI", group, number, vr.encode(), 0, length)
    if length > _SHORT_LENGTH:
        raise BrokenElements("a value is too long for its VR")
    return struct.pack(f"{order}HH2sH", group, number, vr.encode(), length)


def short_element(tag: int, vr: str, value: bytes, encoding: Encoding) -> bytes:
    """Return a whole element, its value padded to even length."""
    value += (b"\0" if vr in {"UI", "OB", "UN"} else b" ") * (len(value) % 2)
    return element_head(tag, vr, len(value), encoding) + value


def sequence(tag: int, bodies: Iterable[Sequence[Segment]], encoding: Encoding) -> list[Segment]:
    """Return a sequence of these items, all of defined length (PS3.5 7.5).

    A private one without its VR ends with a delimiter: nothing else says that it is a sequence.
    """
    out: list[Segment] = []
    for body in bodies:
        out += [item_head(length_of(body), encoding), *body]
    if encoding.implicit and tag >> 16 & 1:
        end = struct.pack(f"{encoding.order}HHI", SEQUENCE_END >> 16, SEQUENCE_END & 0xFFFF, 0)
        return [element_head(tag, "SQ", UNDEFINED, encoding), *out, end]
    return [element_head(tag, "SQ", length_of(out), encoding), *out]


def item_head(length: int, encoding: Encoding) -> bytes:
    """Return what stands before an item of that length."""
    return struct.pack(f"{encoding.order}HHI", ITEM >> 16, ITEM & 0xFFFF, length)


def _one_vr(element: Element, around: Surroundings) -> str:
    if element.vr == "US or SS" and around.signed:
        return "SS"
    return _AMBIGUOUS.get(element.vr, element.vr)
