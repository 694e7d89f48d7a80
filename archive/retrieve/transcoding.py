"""A stored object in another transfer syntax, frame by frame (PS3.5 Annex A, 8.2).

Pixels are never lost here: what was compressed with loss is decoded for those who cannot read
it, and never compressed with loss again.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import BinaryIO, Final

import numpy as np
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from archive.dicom.elements import UNDEFINED, Encoding
from archive.dicom.part10 import SEQUENCE_DELIMITER
from archive.dicom.recoding import element_head, item_head, short_element
from archive.dicom.segments import Piece, Segment
from archive.retrieve import codecs
from archive.retrieve.decoding import CannotDecode, Frame, Pixels, frames
from archive.retrieve.pixels import NATIVE, PixelData, PixelDataBroken
from pacs_hub.kernel.errors import Conflict

__all__ = ["CannotDecode", "CannotTranscode", "edits_into", "encoding_for"]

Edited = dict[int, Sequence[Segment]]
# Syntaxes that lost something when they were made: decoding them gains nothing (PS3.5 A.4).
LOSSY: Final = frozenset(
    {
        "1.2.840.10008.1.2.4.50",
        "1.2.840.10008.1.2.4.51",
        "1.2.840.10008.1.2.4.81",
        "1.2.840.10008.1.2.4.91",
        "1.2.840.10008.1.2.4.93",
        "1.2.840.10008.1.2.4.110",
        "1.2.840.10008.1.2.4.112",
        "1.2.840.10008.1.2.4.203",
    }
)
ENCODED: Final = frozenset(
    {
        codecs.RLE,
        codecs.JPEG_LOSSLESS_FIRST_ORDER,
        codecs.JPEG_LS_LOSSLESS,
        codecs.JPEG_2000_LOSSLESS,
        codecs.JPEG_2000,
        codecs.HTJ2K_LOSSLESS,
        codecs.HTJ2K,
    }
)
"""The compressed syntaxes objects are put into; those that may lose pixels without losing any."""

# The method of those that always lose something (PS3.3 C.7.6.1.1.5.1).
_METHODS: Final = {
    "1.2.840.10008.1.2.4.50": "ISO_10918_1",
    "1.2.840.10008.1.2.4.51": "ISO_10918_1",
    "1.2.840.10008.1.2.4.81": "ISO_14495_1",
}
_VIDEO_PREFIX: Final = "1.2.840.10008.1.2.4.10"
_PIXEL_DATA: Final = 0x7FE00010
_OFFSET_TABLES: Final = (0x7FE00001, 0x7FE00002, 0x7FE00003)
_PHOTOMETRIC, _PLANAR, _ALLOCATED = 0x00280004, 0x00280006, 0x00280100
_LOSSY, _LOSSY_METHOD = 0x00282110, 0x00282114
_LONGEST: Final = 0xFFFFFFFE
_FLOAT_VRS: Final = frozenset({"OF", "OD"})


class CannotTranscode(Conflict):
    """The object cannot be put into any transfer syntax that the receiver takes."""

    code = "cannot-transcode"


def is_sent_as_stored(transfer_syntax_uid: str) -> bool:
    """Say whether the object is never decoded for a caller who named no syntax (PS3.18 8.7.3.5)."""
    return (
        transfer_syntax_uid == ExplicitVRLittleEndian
        or transfer_syntax_uid in LOSSY
        or transfer_syntax_uid.startswith(_VIDEO_PREFIX)
    )


def may_leave_as_stored(transfer_syntax_uid: str) -> bool:
    """Say whether the web may see this syntax: not Implicit, not Big Endian (PS3.18 8.7.3)."""
    return transfer_syntax_uid not in {ImplicitVRLittleEndian, ExplicitVRBigEndian}


def encoding_for(transfer_syntax_uid: str) -> Encoding:
    """Return how the elements of a data set in this syntax are written."""
    order = ">" if transfer_syntax_uid == ExplicitVRBigEndian else "<"
    return Encoding(transfer_syntax_uid == ImplicitVRLittleEndian, order)


def edits_into(target: str, *, pixels: PixelData, scratch: BinaryIO) -> Edited:
    """Return the elements that change when the pixels are put into the syntax `target`.

    `scratch` takes the new pixels, and is read when the object is sent.

    Raises:
        CannotDecode, PixelDataBroken: the stored pixels cannot be read.
        CannotTranscode: they cannot be put into that syntax.
    """
    if pixels.vr in _FLOAT_VRS:
        if target in NATIVE:
            return {}
        raise CannotTranscode("floating point pixels stay uncompressed")
    if target in ENCODED:
        return _encoded(pixels, target, scratch)
    if target not in NATIVE:
        raise CannotTranscode("objects are not put into that transfer syntax")
    if pixels.is_native:
        return _turned(pixels, encoding_for(target))
    return _decoded(pixels, encoding_for(target), scratch)


def _turned(pixels: PixelData, encoding: Encoding) -> Edited:
    """Return native pixels in another byte order: cell by cell, also where they are wide."""
    was = encoding_for(pixels.transfer_syntax_uid).order
    word = int(pixels.header.get("BitsAllocated") or 16) // 8
    if was == encoding.order or word <= 2 or pixels.vr != "OW":
        return {}
    value = Piece(pixels.file, pixels.offset, pixels.length, word)
    return {_PIXEL_DATA: [element_head(_PIXEL_DATA, "OW", pixels.length, encoding), value]}


def _decoded(pixels: PixelData, encoding: Encoding, scratch: BinaryIO) -> Edited:
    first: Frame | None = None
    packer = _BitPacker() if pixels.header.get("BitsAllocated") == 1 else None
    for each in frames(pixels):
        first = first or each
        values = each.values
        if packer is not None:
            scratch.write(packer.packed(values))
        else:
            scratch.write(values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes())
    if packer is not None:
        scratch.write(packer.rest())
    if first is None:
        raise PixelDataBroken("the object has no frames")
    scratch.write(b"\0" * (scratch.tell() % 2))
    length = scratch.tell()
    if length > _LONGEST:
        raise CannotTranscode("the decoded pixels are too long for one element")
    width = first.values.dtype.itemsize
    vr = "OB" if width == 1 and not encoding.implicit else "OW"
    value = Piece(scratch, 0, length, width if encoding.order == ">" else 1)
    return {
        **_description(pixels, first, encoding),
        _PIXEL_DATA: [element_head(_PIXEL_DATA, vr, length, encoding), value],
    }


class _BitPacker:
    """Puts pixels of one bit into bytes; a frame begins where the last one ended (PS3.5 8.1.1)."""

    def __init__(self) -> None:
        self._waiting = np.zeros(0, dtype=np.uint8)

    def packed(self, values: Pixels) -> bytes:
        """Return the bytes that are full now."""
        bits = np.concatenate([self._waiting, (values != 0).astype(np.uint8).ravel()])
        whole = len(bits) // 8 * 8
        self._waiting = bits[whole:]
        return np.packbits(bits[:whole], bitorder="little").tobytes()

    def rest(self) -> bytes:
        """Return the last byte, filled up."""
        return np.packbits(self._waiting, bitorder="little").tobytes()


def _encoded(pixels: PixelData, target: str, scratch: BinaryIO) -> Edited:
    header, encoding = pixels.header, encoding_for(target)
    allocated = int(header.get("BitsAllocated") or 0)
    if allocated < 8:
        raise CannotTranscode("pixels of one bit stay uncompressed")
    bits = int(header.get("BitsStored") or allocated)
    first: Frame | None = None
    offsets: list[int] = []
    for each in frames(pixels):
        first = first or each
        try:
            data = codecs.encoded(each.values, target, bits_stored=bits)
        except codecs.ENCODER_FAILURES as error:
            text = "this image cannot be put into that transfer syntax"
            raise CannotTranscode(text) from error
        offsets.append(scratch.tell())
        scratch.write(item_head(len(data) + len(data) % 2, encoding))
        scratch.write(data + b"\0" * (len(data) % 2))
    if first is None:
        raise PixelDataBroken("the object has no frames")
    table = struct.pack(f"<{len(offsets)}I", *offsets) if offsets[-1] <= _LONGEST else b""
    return {
        **_description(pixels, first, encoding),
        _PIXEL_DATA: [
            element_head(_PIXEL_DATA, "OB", UNDEFINED, encoding),
            item_head(len(table), encoding) + table,
            Piece(scratch, 0, scratch.tell()),
            SEQUENCE_DELIMITER,
        ],
    }


def _description(pixels: PixelData, first: Frame, encoding: Encoding) -> Edited:
    """Return what the header has to say of pixels that were decoded (PS3.3 C.7.6.3)."""
    edits: Edited = {tag: [] for tag in _OFFSET_TABLES}

    def number(tag: int, value: int) -> None:
        raw = struct.pack(f"{encoding.order}H", value)
        edits[tag] = [element_head(tag, "US", 2, encoding) + raw]

    def text(tag: int, value: str) -> None:
        edits[tag] = [short_element(tag, "CS", value.encode("ascii"), encoding)]

    text(_PHOTOMETRIC, first.photometric)
    if first.values.ndim == 3:
        number(_PLANAR, 0)
    allocated = int(pixels.header.get("BitsAllocated") or 0)
    if first.values.dtype.itemsize * 8 != allocated != 1:
        number(_ALLOCATED, first.values.dtype.itemsize * 8)
    method = _METHODS.get(pixels.transfer_syntax_uid)
    if method and pixels.header.get("LossyImageCompression") != "01":
        text(_LOSSY, "01")
        text(_LOSSY_METHOD, method)
    return edits
