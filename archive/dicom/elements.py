"""Where the elements of an open Part 10 file lie, their values left on disk (PS3.5 7); pure."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from pydicom.datadict import dictionary_VR

from pacs_hub.kernel.errors import Malformed

UNDEFINED: Final = 0xFFFFFFFF
ITEM: Final = 0xFFFEE000
ITEM_END: Final = 0xFFFEE00D
SEQUENCE_END: Final = 0xFFFEE0DD
IMPLICIT_LITTLE_ENDIAN: Final = "1.2.840.10008.1.2"
EXPLICIT_LITTLE_ENDIAN: Final = "1.2.840.10008.1.2.1"
EXPLICIT_BIG_ENDIAN: Final = "1.2.840.10008.1.2.2"
LONG_VRS: Final = frozenset(
    ("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV")
)
_DEEPEST: Final = 32
_META_GROUP: Final = 2


class BrokenElements(Malformed):
    """The elements of the object do not add up."""

    code = "broken-elements"


@dataclass(frozen=True, slots=True)
class Encoding:
    """How elements are written: with or without their VR, and in which byte order ("<", ">")."""

    implicit: bool
    order: str = "<"


@dataclass(frozen=True, slots=True)
class Element:
    """One element: `start` to `end` in the file, its value `length` bytes from `value` on.

    `vr` is as written, or as PS3.6 says where it is not written. `encoding` is that of its items.
    """

    tag: int
    vr: str
    start: int
    value: int
    length: int
    end: int
    encoding: Encoding

    @property
    def is_sequence(self) -> bool:
        """Say whether its value is items; a value of unknown VR and length is (PS3.5 6.2.2)."""
        return self.vr == "SQ" or (self.vr == "UN" and self.length == UNDEFINED)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a sequence, or fragment of pixel data: its content from `body` to `stop`."""

    body: int
    stop: int


def data_set_start(file: BinaryIO) -> int:
    """Return where the data set starts, after the File Meta Information (PS3.10 7.1).

    Raises:
        BrokenElements: the file does not begin like a Part 10 file.
    """
    file.seek(0)
    if file.read(132)[128:] != b"DICM":
        raise BrokenElements("the object has no File Meta Information")
    position = 132
    while True:
        head = file.read(12)
        if len(head) < 8 or struct.unpack_from("<H", head)[0] != _META_GROUP:
            return position
        if head[4:6].decode("latin-1") not in LONG_VRS:
            position += 8 + int(struct.unpack_from("<H", head, 6)[0])
        elif len(head) == 12:
            position += 12 + int(struct.unpack_from("<I", head, 8)[0])
        else:
            raise BrokenElements("the File Meta Information ends too early")
        file.seek(position)


def encoding_at(file: BinaryIO, start: int, *, transfer_syntax_uid: str) -> Encoding:
    """Return how the data set at `start` is written.

    Devices write elements without VR under a syntax with VR and the other way round; the bytes of
    the first element tell.
    """
    file.seek(start)
    head = file.read(6)
    implicit = transfer_syntax_uid == IMPLICIT_LITTLE_ENDIAN
    if len(head) == 6:
        implicit = not _is_a_vr(head[4:6])
    return Encoding(implicit, ">" if transfer_syntax_uid == EXPLICIT_BIG_ENDIAN else "<")


def walk(
    file: BinaryIO,
    start: int,
    stop: int,
    encoding: Encoding,
    depth: int = 0,
    *,
    before: int | None = None,
) -> Iterator[Element]:
    """Yield the elements from `start` on, to `stop` or to the end of the item they are in.

    With `before` it ends in front of the first element with that tag or a higher one.

    Raises:
        BrokenElements: an element reaches beyond `stop`, or is nested too deep.
    """
    position = start
    while position < stop:
        if before is not None and _tag_at(file, position, encoding) >= before:
            return
        element = _element_at(file, position, stop, encoding, depth)
        if element is None or element.tag == ITEM_END:
            return
        yield element
        position = element.end


def items(file: BinaryIO, element: Element, depth: int = 0) -> Iterator[Item]:
    """Yield the items of a sequence, or the fragments of encapsulated pixel data.

    Raises:
        BrokenElements: they do not add up.
    """
    stop = element.value + element.length if element.length != UNDEFINED else element.end - 8
    position = element.value
    while position < stop:
        item, position = _item_at(file, position, stop, element.encoding, depth + 1)
        if item is None:
            return
        yield item


def value_of(file: BinaryIO, element: Element) -> bytes:
    """Return the bytes of a value of defined length."""
    file.seek(element.value)
    return file.read(element.length)


def vr_of(tag: int) -> str:
    """Return the VR of PS3.6; UN for what it does not know, LO for a private creator."""
    if tag >> 16 & 1:
        return "LO" if 0x10 <= tag & 0xFFFF <= 0xFF else "UN"
    if tag & 0xFFFF == 0:
        return "UL"
    try:
        return str(dictionary_VR(tag))
    except KeyError:
        return "UN"


def _is_a_vr(raw: bytes) -> bool:
    return all(0x41 <= letter <= 0x5A for letter in raw[:2])


def _tag_at(file: BinaryIO, position: int, encoding: Encoding) -> int:
    file.seek(position)
    head = file.read(4)
    group, number = struct.unpack(f"{encoding.order}HH", head) if len(head) == 4 else (0, 0)
    return int(group << 16 | number)


def _element_at(
    file: BinaryIO, position: int, stop: int, encoding: Encoding, depth: int
) -> Element | None:
    """Return the element at `position`; None where too little is left for one."""
    file.seek(position)
    head = file.read(12)
    if len(head) < 8 or stop - position < 8:
        return None
    order = encoding.order
    group, number = struct.unpack_from(f"{order}HH", head)
    tag = group << 16 | number
    inside = encoding
    if encoding.implicit or tag == ITEM_END or not _is_a_vr(head[4:6]):
        vr, before = vr_of(tag), 8
        length = struct.unpack_from(f"{order}I", head, 4)[0]
        inside = Encoding(True, order)
    else:
        vr = head[4:6].decode("ascii")
        before = 12 if vr in LONG_VRS else 8
        if len(head) < before:
            raise BrokenElements("the object ends in the middle of an element")
        form, at = (f"{order}I", 8) if before == 12 else (f"{order}H", 6)
        length = struct.unpack_from(form, head, at)[0]
        if vr == "UN":
            inside = Encoding(True)
    value = position + before
    end = value + length
    if length == UNDEFINED:
        if encoding.implicit and vr == "UN":
            vr = "SQ"  # only sequences have an undefined length there, pixel data apart
        end = _end_of_items(file, value, stop, inside, depth + 1)
    elif end > stop:
        raise BrokenElements("the object ends in the middle of an element")
    return Element(tag, vr, position, value, length, end, inside)


def _end_of_items(file: BinaryIO, position: int, stop: int, encoding: Encoding, depth: int) -> int:
    """Return where a value of undefined length ends, its delimiter included."""
    while position < stop:
        item, position = _item_at(file, position, stop, encoding, depth)
        if item is None:
            return position
    raise BrokenElements("a sequence does not end")


def _item_at(
    file: BinaryIO, position: int, stop: int, encoding: Encoding, depth: int
) -> tuple[Item | None, int]:
    """Return the item at `position` and where the next begins; None for a delimiter."""
    if depth > _DEEPEST:
        raise BrokenElements("sequences are nested too deep")
    file.seek(position)
    head = file.read(8)
    if len(head) < 8 or stop - position < 8:
        raise BrokenElements("a sequence ends too early")
    group, number, length = struct.unpack(f"{encoding.order}HHI", head)
    tag, body = group << 16 | number, position + 8
    if tag == SEQUENCE_END:
        return None, body
    if tag != ITEM:
        raise BrokenElements("there is something else where an item should be")
    if length != UNDEFINED:
        if body + length > stop:
            raise BrokenElements("an item reaches beyond its sequence")
        return Item(body, body + length), body + length
    last = body
    for element in walk(file, body, stop, encoding, depth):
        last = element.end
    file.seek(last)
    head = file.read(8)
    if len(head) < 8 or struct.unpack(f"{encoding.order}HH", head[:4]) != (0xFFFE, 0xE00D):
        raise BrokenElements("an item does not end")
    return Item(body, last), last + 8
