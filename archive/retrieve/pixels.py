"""Where the pixel data of a file lies, and its frames, without reading the rest (PS3.5 A.4)."""

from __future__ import annotations

import struct
import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final, cast

import numpy as np
import pydicom
from pydicom import Dataset
from pydicom.encaps import get_frame
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from archive.dicom.elements import Encoding, data_set_start, walk
from archive.dicom.part10 import UNREADABLE
from pacs_hub.kernel.errors import Conflict, Unknown

UNDEFINED: Final = 0xFFFFFFFF
NATIVE: Final = frozenset(
    {
        ImplicitVRLittleEndian,
        ExplicitVRLittleEndian,
        ExplicitVRBigEndian,
        DeflatedExplicitVRLittleEndian,
    }
)
_LONG_VRS: Final = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"UN"})
MEMORY_BYTES: Final = 4 * 1024 * 1024
DEFLATED_BLOCK: Final = 4096  # a thousandfold of it at most is in memory at once
_BLOCK: Final = 256 * 1024
_TRANSFER_SYNTAX: Final = 0x00020010
_META_LENGTH: Final = 0x00020000
_NEEDED: Final = [
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "BitsAllocated",
    "BitsStored",
    "NumberOfFrames",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "PixelRepresentation",
    "LossyImageCompression",
    "ExtendedOffsetTable",
    "ExtendedOffsetTableLengths",
]


class NoSuchFrame(Unknown):
    """The instance has no frame of that number."""

    code = "no-such-frame"


class NoPixelData(Unknown):
    """The object is not an image."""

    code = "no-pixel-data"


class PixelDataBroken(Conflict):
    """The stored object does not hold the pixels its header announces."""

    code = "pixel-data-broken"


@dataclass(frozen=True, kw_only=True)
class PixelData:
    """The pixel element of one open file. `offset` is that of its value."""

    file: BinaryIO
    transfer_syntax_uid: str
    vr: str
    offset: int
    length: int
    header: Dataset

    @property
    def is_native(self) -> bool:
        """Say whether frames lie one after the other, uncompressed."""
        return self.transfer_syntax_uid in NATIVE

    @property
    def number_of_frames(self) -> int:
        """Return (0028,0008), 1 where it is absent or senseless."""
        try:
            return max(int(self.header.get("NumberOfFrames") or 1), 1)
        except (TypeError, ValueError):
            return 1


def locate(file: BinaryIO, *, transfer_syntax_uid: str) -> PixelData:
    """Find the pixel data of an open Part 10 file; only the header is read.

    Raises:
        NoPixelData: there is none.
        PixelDataBroken: what stands before it cannot be read.
    """
    if transfer_syntax_uid == DeflatedExplicitVRLittleEndian:
        file = inflated(file)
    file.seek(0)
    try:
        header = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=[*_NEEDED])
    except UNREADABLE as error:
        raise PixelDataBroken("the header before the pixel data cannot be read") from error
    tag = file.read(12)
    big = transfer_syntax_uid == ExplicitVRBigEndian
    order = ">" if big else "<"
    if len(tag) < 8 or struct.unpack(f"{order}H", tag[:2])[0] != 0x7FE0:
        raise NoPixelData("the object has no pixel data")
    start = file.tell() - len(tag)
    if tag[4:6] in _LONG_VRS and transfer_syntax_uid != ImplicitVRLittleEndian:
        vr, head, length = tag[4:6].decode(), 12, struct.unpack(f"{order}I", tag[8:12])[0]
    else:
        vr, head, length = "OW", 8, struct.unpack(f"{order}I", tag[4:8])[0]
    return PixelData(
        file=file,
        transfer_syntax_uid=transfer_syntax_uid,
        vr=vr,
        offset=start + head,
        length=length,
        header=header,
    )


def frame(pixels: PixelData, number: int) -> bytes:
    """Return frame `number` (from 1): native ones little-endian, compressed ones as they are.

    Raises:
        NoSuchFrame: there is no such frame.
        PixelDataBroken: the file ends too early, or its fragments make no sense.
    """
    if not 1 <= number <= pixels.number_of_frames:
        raise NoSuchFrame(f"the instance has frames 1 to {pixels.number_of_frames}")
    return _native(pixels, number) if pixels.is_native else _encapsulated(pixels, number)


def checked_numbers(pixels: PixelData, numbers: Sequence[int] | None) -> Sequence[int]:
    """Return the numbers, each of them checked; None means all there are.

    Raises:
        NoSuchFrame: there is no such frame.
    """
    if numbers is None:
        return range(1, pixels.number_of_frames + 1)  # no list: it is only what is announced
    if max(numbers) > pixels.number_of_frames:
        raise NoSuchFrame(f"the instance has frames 1 to {pixels.number_of_frames}")
    return numbers


def _native(pixels: PixelData, number: int) -> bytes:
    bits = _frame_bits(pixels.header)
    first = (number - 1) * bits
    end = (first + bits + 7) // 8
    if end > pixels.length:  # before memory is taken for what is only announced
        raise PixelDataBroken("the pixel data ends before the frame does")
    data = _stored_bytes(pixels, first // 8, end)
    if len(data) < end - first // 8 or not bits:
        raise PixelDataBroken("the pixel data ends before the frame does")
    if first % 8 or bits % 8:
        unpacked = np.unpackbits(np.frombuffer(data, dtype=np.uint8), bitorder="little")
        return np.packbits(unpacked[first % 8 : first % 8 + bits], bitorder="little").tobytes()
    return data


def _stored_bytes(pixels: PixelData, start: int, stop: int) -> bytes:
    """Return a part of native pixel data in little-endian order."""
    if pixels.transfer_syntax_uid != ExplicitVRBigEndian or pixels.vr != "OW":
        pixels.file.seek(pixels.offset + start)
        return pixels.file.read(stop - start)
    word = max(int(pixels.header.get("BitsAllocated") or 16) // 8, 2)
    skipped = start % word  # bytes of 8 bits stand in words, which are turned round whole
    pixels.file.seek(pixels.offset + start - skipped)
    data = pixels.file.read(-(-(stop - start + skipped) // word) * word)
    whole = len(data) // word * word
    turned = np.frombuffer(data[:whole], dtype=f"u{word}").byteswap().tobytes() + data[whole:]
    return turned[skipped : skipped + stop - start]


def _frame_bits(header: Dataset) -> int:
    """Return the size of one native frame in bits; 4:2:2 keeps two of three samples."""
    samples = int(header.get("SamplesPerPixel") or 1)
    if str(header.get("PhotometricInterpretation", "")) == "YBR_FULL_422":
        samples = 2
    per_pixel = samples * int(header.get("BitsAllocated") or 0)
    return int(header.get("Rows") or 0) * int(header.get("Columns") or 0) * per_pixel


def _encapsulated(pixels: PixelData, number: int) -> bytes:
    offsets, lengths = (pixels.header.get(k) for k in _NEEDED[-2:])
    extended = (offsets, lengths) if offsets and lengths else None
    pixels.file.seek(pixels.offset)
    try:
        return get_frame(
            pixels.file,
            number - 1,
            number_of_frames=pixels.number_of_frames,
            extended_offsets=extended,
        )
    except (ValueError, EOFError, struct.error) as error:
        raise PixelDataBroken("the fragments of the pixel data make no frames") from error


def inflated(file: BinaryIO) -> BinaryIO:
    """Return a deflated Part 10 file as if it had never been deflated (PS3.5 A.5).

    Raises:
        PixelDataBroken: it cannot be inflated.
    """
    start = data_set_start(file)
    out = scratch()
    out.write(with_syntax(file, ExplicitVRLittleEndian))
    file.seek(start)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        while block := file.read(DEFLATED_BLOCK):
            out.write(inflater.decompress(block))
        out.write(inflater.flush())
    except zlib.error as error:
        raise PixelDataBroken("the object cannot be inflated") from error
    return out


def with_syntax(file: BinaryIO, transfer_syntax_uid: str) -> bytes:
    """Return preamble and File Meta Information of a file, with another transfer syntax."""
    start = data_set_start(file)
    file.seek(0)
    preamble = file.read(132)
    uid = transfer_syntax_uid.encode()
    uid += b"\0" * (len(uid) % 2)
    out = []
    for element in walk(file, 132, start, Encoding(implicit=False)):
        file.seek(element.start)
        raw = file.read(element.end - element.start)
        if element.tag == _TRANSFER_SYNTAX:
            raw = struct.pack("<HH2sH", 2, 0x0010, b"UI", len(uid)) + uid
        if element.tag != _META_LENGTH:
            out.append(raw)
    meta = b"".join(out)
    return preamble + struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(meta)) + meta


def scratch() -> BinaryIO:
    """Return a file for what is made on the way: small ones in memory, large ones on disk."""
    return cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES))  # noqa: SIM115
