"""A data set with some of its elements replaced, added or left out; pure.

The header is walked once, element heads only; nothing of it is held but where things are. What
does not change is copied byte for byte when the result is read, pixel data in blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from archive.dicom.elements import Element, Encoding, encoding_at, walk
from archive.dicom.recoding import (
    SPECIFIC_CHARACTER_SET,
    UTF8,
    Recoder,
    Surroundings,
    codecs_of,
    short_element,
    surroundings_after,
)
from archive.dicom.segments import Piece, Segment, joined

FIRST_PIXEL_TAG: Final = 0x7FE00001
_LENGTH_TO_END: Final = 0x00080001
# What an element becomes: other bytes, or nothing.
Edits = Mapping[int, Sequence[Segment]]


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """The data set of an open file, from `start` to `stop`: where its elements lie.

    `header` are the elements before the pixel data, of which `tail` is the start.
    """

    file: BinaryIO
    start: int
    stop: int
    tail: int
    encoding: Encoding
    header: Mapping[int, Element]

    @property
    def codecs(self) -> Sequence[str]:
        """Return the codecs of its text outside of items that have their own."""
        element = self.header.get(SPECIFIC_CHARACTER_SET)
        return codecs_of(self.value(SPECIFIC_CHARACTER_SET) if element else b"")

    def value(self, tag: int) -> bytes:
        """Return the bytes of a header value; nothing where there is none."""
        element = self.header.get(tag)
        if element is None or element.is_sequence:
            return b""
        self.file.seek(element.value)
        return self.file.read(element.length)


def look_at(file: BinaryIO, *, start: int, stop: int, transfer_syntax_uid: str) -> DataSet:
    """Find the elements of a data set that is not deflated.

    Raises:
        BrokenElements: they do not add up.
    """
    encoding = encoding_at(file, start, transfer_syntax_uid=transfer_syntax_uid)
    header: dict[int, Element] = {}
    tail = start
    for element in _header_elements(file, start, stop, encoding):
        header.setdefault(element.tag, element)
        tail = element.end
    return DataSet(file=file, start=start, stop=stop, tail=tail, encoding=encoding, header=header)


def corrected(source: DataSet, edits: Edits, *, utf8: bool = False) -> list[Segment]:
    """Return the data set with `edits` to its header made, in its own encoding.

    Every element that is not edited keeps its bytes, unless all text has to become ISO_IR 192
    (`utf8`) so that a new value can be written; the edits are in it already then.

    Raises:
        BrokenElements: the header does not add up.
    """
    if utf8:
        edits = _with_utf8(edits, source.encoding)
    recoder = Recoder(source.file, source.encoding, utf8) if utf8 else None
    stale = {tag & 0xFFFF0000 for tag in edits} | {_LENGTH_TO_END}
    header = _header_elements(source.file, source.start, source.tail, source.encoding)
    out = _merged(source.file, header, edits, recoder, leave_out=stale)
    out.append(Piece(source.file, source.tail, source.stop - source.tail))
    return joined(out)


def converted(
    source: DataSet, edits: Edits, *, encoding: Encoding, utf8: bool = False
) -> list[Segment]:
    """Return the whole data set in another encoding, `edits` made; what follows the pixels too.

    With `utf8` all text becomes ISO_IR 192.

    Raises:
        BrokenElements: the data set does not add up.
    """
    elements = walk(source.file, source.start, source.stop, source.encoding)
    if utf8:
        edits = _with_utf8(edits, encoding)
    recoder = Recoder(source.file, encoding, utf8)
    return joined(_merged(source.file, elements, edits, recoder, leave_out=set()))


def _with_utf8(edits: Edits, encoding: Encoding) -> Edits:
    element = short_element(SPECIFIC_CHARACTER_SET, "CS", UTF8.encode(), encoding)
    return {**edits, SPECIFIC_CHARACTER_SET: [element]}


def _header_elements(
    file: BinaryIO, start: int, stop: int, encoding: Encoding
) -> Iterable[Element]:
    """Yield elements up to the pixel data, whose length is never looked at."""
    return walk(file, start, stop, encoding, before=FIRST_PIXEL_TAG)


def _merged(
    file: BinaryIO,
    elements: Iterable[Element],
    edits: Edits,
    recoder: Recoder | None,
    *,
    leave_out: set[int],
) -> list[Segment]:
    """Return old and new elements in ascending order."""
    out: list[Segment] = []
    waiting = sorted(edits)
    around = Surroundings()
    for element in elements:
        while waiting and waiting[0] <= element.tag:
            out += edits[waiting.pop(0)]
        around = surroundings_after(file, element, around)
        if element.tag in edits or element.tag in leave_out:
            continue
        if recoder is None:
            out.append(Piece(file, element.start, element.end - element.start))
        else:
            out += recoder.element(element, around)
    for tag in waiting:
        out += edits[tag]
    return out
