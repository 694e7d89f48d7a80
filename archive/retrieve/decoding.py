"""One frame of an object as an array, whatever it is compressed with."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, TypeVar

import pydicom
from pydicom import Dataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.utils import as_pixel_options
from pydicom.uid import UID, ExplicitVRLittleEndian

from archive.retrieve import codecs
from archive.retrieve.codecs import Pixels
from archive.retrieve.pixels import (
    NoPixelData,
    NoSuchFrame,
    PixelData,
    PixelDataBroken,
    frame,
    locate,
)
from pacs_hub.kernel.errors import Conflict

__all__ = ["CannotDecode", "Frame", "Pixels", "decoded", "decoded_bytes", "frames"]

MOST_FRAME_BYTES: Final = 2 * 1024 * 1024 * 1024
"""No frame is decoded that would be larger; the largest seen in hospitals have a tenth of it."""

T = TypeVar("T")
_SIZE: Final = ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated")

PLUGIN: Final = "imagecodecs"
_PLUGINS: Final = (PLUGIN, "pylibjpeg", "pyjpegls", "pydicom")
_PLUGINS_OF_RLE: Final = (PLUGIN, "pydicom")
for _uid in codecs.DECODER_DEPENDENCIES:
    get_decoder(_uid).add_plugin(PLUGIN, (codecs.__name__, "decode_frame"))

FAILURES: Final = (
    AttributeError,
    EOFError,
    IndexError,
    KeyError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    pydicom.errors.InvalidDicomError,
)
"""What decoders raise on pixel data that makes no sense."""


class CannotDecode(Conflict):
    """No decoder here understands the object's pixel data."""

    code = "cannot-decode"


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One decoded frame, colour by pixel as it was stored, and what it is now (PS3.3 C.7.6.3)."""

    values: Pixels
    photometric: str


def decoded(file: BinaryIO, number: int, *, raw: bool) -> Pixels:
    """Return frame `number` (from 1); colour as it is stored (`raw`) or as RGB.

    Raises:
        CannotDecode: there is no decoder for it, or the pixel data is damaged.
    """
    file.seek(0)
    try:
        head = pydicom.dcmread(file, stop_before_pixels=True, specific_tags=["SOPClassUID"])
        pixels = locate(file, transfer_syntax_uid=str(head.file_meta.TransferSyntaxUID))
        check_size(pixels.header)
        return _decoded(frame(pixels, number), pixels, raw=raw).values
    except (*FAILURES, NoPixelData, NoSuchFrame, PixelDataBroken) as error:
        raise CannotDecode("this object's pixel data cannot be decoded here") from error


def decoded_bytes(file: BinaryIO, number: int) -> bytes:
    """Return frame `number` as native little-endian pixel data, colour by pixel.

    Raises:
        CannotDecode: as `decoded`.
    """
    pixels = decoded(file, number, raw=True)
    return pixels.astype(pixels.dtype.newbyteorder("<"), copy=False).tobytes()


def frames(pixels: PixelData) -> Iterator[Frame]:
    """Yield every frame in order, one at a time in memory.

    Raises:
        CannotDecode: there is no decoder for one of them, or the pixel data is damaged.
        PixelDataBroken: there are fewer frames than the header announces.
    """
    check_size(pixels.header)
    count = 0
    try:
        for data in _stored_frames(pixels):
            yield _decoded(data, pixels, raw=True, unused_bits=True)
            count += 1
            if count == pixels.number_of_frames:
                return
    except FAILURES as error:
        raise CannotDecode("this object's pixel data cannot be decoded here") from error
    raise PixelDataBroken("there are fewer frames than the header announces")


def check_size(header: Dataset) -> None:
    """Refuse a frame whose size is a lie or a bomb, before anything is made for it.

    Raises:
        CannotDecode: it would be larger than any frame is.
    """
    try:
        rows, columns, samples, bits = (int(header.get(keyword) or 1) for keyword in _SIZE)
    except (TypeError, ValueError) as error:
        raise CannotDecode("the size of the frames makes no sense") from error
    if rows * columns * samples * max(bits, 8) // 8 > MOST_FRAME_BYTES:
        raise CannotDecode("a frame would be larger than any frame is")


def _stored_frames(pixels: PixelData) -> Iterator[bytes]:
    if pixels.is_native:
        yield from (frame(pixels, number + 1) for number in range(pixels.number_of_frames))
        return
    names = ("ExtendedOffsetTable", "ExtendedOffsetTableLengths")
    offsets = tuple(pixels.header.get(name) for name in names)
    pixels.file.seek(pixels.offset)
    yield from generate_frames(
        pixels.file,
        number_of_frames=pixels.number_of_frames,
        extended_offsets=offsets if all(offsets) else None,
    )


def _decoded(data: bytes, pixels: PixelData, *, raw: bool, unused_bits: bool = False) -> Frame:
    """Return a frame; with `unused_bits` those old overlays stand in are kept (PS3.5 8.1.2)."""
    header = pixels.header
    if pixels.transfer_syntax_uid in codecs.JPEG_XL:
        values = codecs.decoded_jpeg_xl(data, rows=header.Rows, columns=header.Columns)
        return Frame(values=values, photometric="RGB" if values.ndim == 3 else _photometric(header))
    uid = ExplicitVRLittleEndian if pixels.is_native else UID(pixels.transfer_syntax_uid)
    options: dict[str, Any] = as_pixel_options(header, number_of_frames=1)
    options.pop("extended_offsets", None)
    options |= {"pixel_keyword": "PixelData", "pixel_vr": pixels.vr}
    options["correct_unused_bits"] = not unused_bits
    if uid in codecs.DECODER_DEPENDENCIES and uid != codecs.RLE:
        # Before a decoder takes memory for what is only announced.
        size = (header.get("Rows"), header.get("Columns"), header.get("SamplesPerPixel") or 1)
        if codecs.announced_size(data) != size:
            raise ValueError("the compressed frame has another size than the header announces")
    decoder = get_decoder(uid)
    source = data if pixels.is_native else encapsulate([data], has_bot=False)

    def by(plugin: str) -> Frame:
        values, facts = decoder.as_array(
            source, index=0, raw=raw, decoding_plugin=plugin, **options
        )
        photometric = str(facts["photometric_interpretation"])
        if values.ndim == 3 and photometric == "YBR_FULL_422":  # the decoder filled the gaps
            photometric = "YBR_FULL"
        return Frame(values=values, photometric=photometric)

    return _first_success(by, uid)


def _first_success(by: Callable[[str], T], transfer_syntax_uid: str) -> T:
    """Return what the first decoder makes that can; one may be kinder than another.

    GDCM is not asked: on some broken frames it ends the whole process. Nor is pylibjpeg for RLE,
    which panics out of every handler.
    """
    available = get_decoder(transfer_syntax_uid).available_plugins
    wanted = _PLUGINS_OF_RLE if transfer_syntax_uid == codecs.RLE else _PLUGINS
    plugins = [name for name in wanted if name in available]
    for plugin in plugins[:-1]:
        try:
            return by(plugin)
        except FAILURES:
            continue
    return by(plugins[-1] if plugins else "")


def _photometric(header: Dataset) -> str:
    return str(header.get("PhotometricInterpretation", "MONOCHROME2"))
