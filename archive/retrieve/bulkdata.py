"""The bytes of one attribute that the metadata only points to (PS3.18 10.4.1.1.5)."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, cast

import numpy as np
from pydicom.uid import DeflatedExplicitVRLittleEndian

from archive.dicom.elements import (
    UNDEFINED,
    Element,
    Encoding,
    data_set_start,
    encoding_at,
    items,
    walk,
)
from archive.dicom.json_model import Json, TagPath
from archive.retrieve.pixels import DEFLATED_BLOCK
from archive.retrieve.streaming import BLOCK_BYTES, size_of
from pacs_hub.kernel.errors import Malformed, Unknown

_BINARY: Final = {"OB": 1, "OD": 8, "OF": 4, "OL": 4, "OV": 8, "OW": 2, "UN": 1}
_MEMORY_BYTES: Final = 16 * 1024 * 1024
_DEEPEST_PATH: Final = 31


class NoSuchBulkData(Unknown):
    """The object has no such attribute, or one without bytes."""

    code = "no-such-bulk-data"


class BadTagPath(Malformed):
    """Not tags and item numbers in turn."""

    code = "bad-tag-path"


@dataclass(frozen=True, kw_only=True)
class Span:
    """The value of an attribute: `length` bytes of `file` from `offset` on.

    `word` is the number of bytes that have to change places, 1 where none do.
    """

    file: BinaryIO
    offset: int
    length: int
    word: int = 1

    def blocks(self, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the value, or `length` bytes of it from `start` on, and close the file."""
        end = self.length if length is None else min(start + length, self.length)
        first = start - start % self.word
        with self.file:
            self.file.seek(self.offset + first)
            while first < end:
                block = self.file.read(min(BLOCK_BYTES, self.length - first))
                if not block:
                    return
                yield self._turned(block)[max(start - first, 0) : end - first]
                first += len(block)

    def _turned(self, block: bytes) -> bytes:
        if self.word == 1:
            return block
        whole = len(block) // self.word * self.word
        turned: Any = np.frombuffer(block[:whole], dtype=f">u{self.word}")
        return bytes(turned.astype(f"<u{self.word}").tobytes() + block[whole:])


def tag_path(text: str) -> TagPath:
    """Read `00081140/2/00420011`: tags of eight hexadecimal digits, item numbers from 1.

    Raises:
        BadTagPath: it is something else.
    """
    parts = text.strip("/").split("/")
    if len(parts) % 2 == 0 or len(parts) > _DEEPEST_PATH:
        raise BadTagPath("not a path of tags and item numbers")
    try:
        return tuple(_part(part, depth) for depth, part in enumerate(parts))
    except ValueError as error:
        raise BadTagPath("not a path of tags and item numbers") from error


def span_at(file: BinaryIO, path: TagPath, *, transfer_syntax_uid: str) -> Span:
    """Return where the bytes at `path` of an open Part 10 file are; none of them is read.

    Raises:
        NoSuchBulkData: there is nothing there.
        BrokenElements: the elements of the object do not add up.
    """
    start = data_set_start(file)
    if transfer_syntax_uid == DeflatedExplicitVRLittleEndian:
        file, start, encoding = _inflated(file, start), 0, Encoding(False)
    else:
        encoding = encoding_at(file, start, transfer_syntax_uid=transfer_syntax_uid)
    stop = size_of(file)
    for tag, number in zip(path[:-1:2], path[1::2], strict=True):
        element = _element(file, tag, start, stop, encoding)
        found = [] if element is None or not element.is_sequence else list(items(file, element))
        if element is None or not 1 <= number <= len(found):
            raise NoSuchBulkData("the object has no such item")
        start, stop = found[number - 1].body, found[number - 1].stop
        encoding = element.encoding
    element = _element(file, path[-1], start, stop, encoding)
    if element is None:
        raise NoSuchBulkData("the object has no such attribute")
    vr = element.vr if " or OW" not in element.vr else "OW"  # as PS3.6 has it, where no VR is
    if vr not in _BINARY or element.length == UNDEFINED:
        raise NoSuchBulkData("the attribute is not kept as bulk data")
    word = _BINARY[vr] if encoding.order == ">" else 1
    return Span(file=file, offset=element.value, length=element.length, word=word)


def bulk_paths(described: Json, above: TagPath = ()) -> Iterator[TagPath]:
    """Yield the places that the JSON of an instance gives a BulkDataURI for."""
    for name in sorted(described):
        attribute, path = described[name], (*above, int(name, 16))
        if "BulkDataURI" in attribute:
            yield path
        elif attribute.get("vr") == "SQ":
            for number, item in enumerate(attribute.get("Value") or (), start=1):
                yield from bulk_paths(item or {}, (*path, number))


def path_text(path: TagPath) -> str:
    """Return the path as it stands in an address; the opposite of `tag_path`."""
    return "/".join(f"{p:08X}" if depth % 2 == 0 else str(p) for depth, p in enumerate(path))


def _element(file: BinaryIO, tag: int, start: int, stop: int, encoding: Encoding) -> Element | None:
    for element in walk(file, start, stop, encoding, before=tag + 1):
        if element.tag == tag:
            return element
    return None


def _inflated(file: BinaryIO, start: int) -> BinaryIO:
    """Return the data set of a deflated object (PS3.5 A.5), on disk where it is big."""
    plain = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES))  # noqa: SIM115
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    file.seek(start)
    try:
        while block := file.read(DEFLATED_BLOCK):
            plain.write(inflater.decompress(block))
    except zlib.error as error:
        raise NoSuchBulkData("the deflated object is damaged") from error
    plain.write(inflater.flush())
    file.close()
    return plain


def _part(text: str, depth: int) -> int:
    if depth % 2:
        return int(text)
    if len(text) != 8:
        raise ValueError(text)
    return int(text, 16)
