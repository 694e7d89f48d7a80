"""Objects that are no pictures: documents, videos and reports, as a screen shows them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

import pydicom

from archive.dicom import report_page
from archive.dicom.elements import UNDEFINED, data_set_start, encoding_at, items, walk
from archive.retrieve.bulkdata import NoSuchBulkData, Span, span_at
from archive.retrieve.streaming import BLOCK_BYTES, size_of
from archive.store.models import Instance
from pacs_hub.kernel.errors import Conflict

ENCAPSULATED_DOCUMENT: Final = 0x00420011
PIXEL_DATA: Final = 0x7FE00010
VIDEO_PREFIX: Final = "1.2.840.10008.1.2.4.10"
REPORT_PREFIX: Final = "1.2.840.10008.5.1.4.1.1.88."
# SOP class of encapsulated documents -> what is inside (PS3.3 A.45).
DOCUMENT_TYPES: Final = {
    "1.2.840.10008.5.1.4.1.1.104.1": "application/pdf",
    "1.2.840.10008.5.1.4.1.1.104.2": "text/xml",
    "1.2.840.10008.5.1.4.1.1.104.3": "model/stl",
    "1.2.840.10008.5.1.4.1.1.104.4": "model/obj",
    "1.2.840.10008.5.1.4.1.1.104.5": "model/mtl",
}
HTML: Final = "text/html"
LONGEST_REPORT: Final = 32 * 1024 * 1024


class TooLong(Conflict):
    """The report cannot be shown as a page."""

    code = "too-large"


@dataclass(frozen=True, kw_only=True)
class Stream:
    """A video as it is stored: its fragments in `file`, one behind the other."""

    file: BinaryIO
    fragments: tuple[tuple[int, int], ...]

    @property
    def length(self) -> int:
        """Return the number of bytes of all fragments."""
        return sum(length for _, length in self.fragments)

    def blocks(self, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the video, or `length` bytes of it from `start` on, and close the file."""
        left = self.length - start if length is None else length
        with self.file:
            for offset, size in self.fragments:
                if start >= size:
                    start -= size
                    continue
                self.file.seek(offset + start)
                here = min(size - start, left)
                left, start = left - here, 0
                while here > 0 and (block := self.file.read(min(BLOCK_BYTES, here))):
                    here -= len(block)
                    yield block


def is_video(row: Instance) -> bool:
    """Say whether the pixels are a video that no frame can be cut out of."""
    return row.transfer_syntax_uid.startswith(VIDEO_PREFIX)


def is_report(row: Instance) -> bool:
    """Say whether the object is a structured report."""
    return row.sop_class_uid.startswith(REPORT_PREFIX)


def document(file: BinaryIO, row: Instance) -> Span:
    """Return where the document lies in its object, without the byte that pads it.

    Raises:
        NoSuchBulkData: there is none in it.
    """
    span = span_at(file, (ENCAPSULATED_DOCUMENT,), transfer_syntax_uid=row.transfer_syntax_uid)
    span.file.seek(0)
    tags = ["EncapsulatedDocumentLength"]
    told = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=[*tags]).get(tags[0])
    length = int(told) if told and 0 <= span.length - int(told) <= 1 else span.length
    return Span(file=span.file, offset=span.offset, length=length)


def video(file: BinaryIO, row: Instance) -> Stream:
    """Return where the video lies in its object (PS3.5 A.4.5, A.4.6).

    Raises:
        NoSuchBulkData: there is none in it.
    """
    start = data_set_start(file)
    encoding = encoding_at(file, start, transfer_syntax_uid=row.transfer_syntax_uid)
    for element in walk(file, start, size_of(file), encoding):
        if element.tag == PIXEL_DATA and element.length == UNDEFINED:
            found = [(item.body, item.stop - item.body) for item in items(file, element)]
            return Stream(file=file, fragments=tuple(found[1:]))  # the first is the offset table
    raise NoSuchBulkData("the object has no video")


def report(part10: Iterable[bytes]) -> str:
    """Return a structured report as an HTML page; it is read whole, for it is made of text.

    Raises:
        TooLong: it is longer than any report is.
    """
    content = io.BytesIO()
    for block in part10:
        content.write(block)
        if content.tell() > LONGEST_REPORT:
            raise TooLong("the report is too long to be shown as a page")
    content.seek(0)
    return report_page.page(pydicom.dcmread(content))
