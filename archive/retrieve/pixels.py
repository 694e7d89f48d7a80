"""Where the pixel data of a file lies, and its frames, without reading the rest (PS3.5 A.4)."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import BinaryIO, Final

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
_NEEDED: Final = [
    "Rows",
    "Columns",
    "SamplesPerPixel",
    "BitsAllocated",
    "BitsStored",
    "NumberOfFrames",
    "PhotometricInterpretation",
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
    """
    if transfer_syntax_uid == DeflatedExplicitVRLittleEndian:
        file = _inflated(file)
    file.seek(0)
    header = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=[*_NEEDED])
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


def checked_numbers(pixels: PixelData, numbers: list[int] | None) -> list[int]:
    """Return the numbers, each of them checked; None means all there are.

    Raises:
        NoSuchFrame: there is no such frame.
    """
    if numbers is None:
        return list(range(1, pixels.number_of_frames + 1))
    if max(numbers) > pixels.number_of_frames:
        raise NoSuchFrame(f"the instance has frames 1 to {pixels.number_of_frames}")
    return numbers


def _native(pixels: PixelData, number: int) -> bytes:
    bits = _frame_bits(pixels.header)
    first = (number - 1) * bits
    end = (first + bits + 7) // 8
    pixels.file.seek(pixels.offset + first // 8)
    data = pixels.file.read(end - first // 8)
    if len(data) < end - first // 8 or not bits:
        raise PixelDataBroken("the pixel data ends before the frame does")
    if first % 8 or bits % 8:
        unpacked = np.unpackbits(np.frombuffer(data, dtype=np.uint8), bitorder="little")
        return np.packbits(unpacked[first % 8 : first % 8 + bits], bitorder="little").tobytes()
    if pixels.transfer_syntax_uid == ExplicitVRBigEndian and pixels.vr == "OW":
        return np.frombuffer(data[: len(data) // 2 * 2], dtype=">u2").astype("<u2").tobytes()
    return data


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


def _inflated(file: BinaryIO) -> BinaryIO:
    """Return a deflated file as if it had never been deflated (PS3.5 A.5)."""
    file.seek(0)
    whole = pydicom.dcmread(file)
    whole.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    plain = io.BytesIO()
    whole.save_as(plain, enforce_file_format=True)
    return plain
