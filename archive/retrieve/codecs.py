"""Compression of single frames by imagecodecs, which lets other threads run meanwhile.

`decode_frame` and `is_available` make this module a decoding plugin of pydicom; `encoded` is the
way back. Only lossless encoders are here: the hub never loses pixels itself.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Final

import imagecodecs
import numpy as np
from pydicom.pixels.decoders.base import DecodeRunner
from pydicom.pixels.encoders.base import get_encoder
from pydicom.uid import UID

from archive.dicom import jpeg_xl

RLE: Final = "1.2.840.10008.1.2.5"
JPEG_LOSSLESS: Final = "1.2.840.10008.1.2.4.57"
JPEG_LOSSLESS_FIRST_ORDER: Final = "1.2.840.10008.1.2.4.70"
JPEG_LS_LOSSLESS: Final = "1.2.840.10008.1.2.4.80"
JPEG_2000_LOSSLESS: Final = "1.2.840.10008.1.2.4.90"
JPEG_2000: Final = "1.2.840.10008.1.2.4.91"
HTJ2K_LOSSLESS: Final = "1.2.840.10008.1.2.4.201"
HTJ2K: Final = "1.2.840.10008.1.2.4.203"
JPEG_XL: Final = frozenset(f"1.2.840.10008.1.2.4.11{last}" for last in "012")

_JPEG: Final = frozenset(f"1.2.840.10008.1.2.4.{last}" for last in ("50", "51", "57", "70"))
_JPEG_LS: Final = frozenset((JPEG_LS_LOSSLESS, "1.2.840.10008.1.2.4.81"))
_J2K: Final = frozenset((JPEG_2000_LOSSLESS, JPEG_2000))
_HTJ2K: Final = frozenset((HTJ2K_LOSSLESS, "1.2.840.10008.1.2.4.202", HTJ2K))
DECODER_DEPENDENCIES: Final = {
    UID(uid): ("imagecodecs",) for uid in _JPEG | _JPEG_LS | _J2K | _HTJ2K | {RLE}
}
# Named, since GDCM ends the whole process on frames it finds too small.
_ENCODING_PLUGINS: Final = {RLE: "pylibjpeg", JPEG_LS_LOSSLESS: "pyjpegls"}
# What an encoder says about values it cannot take, or finds too little room for.
ENCODER_FAILURES: Final = (
    AttributeError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    TypeError,
    ValueError,
)

_SIZE_WITHIN: Final = 1024  # boxes of a JP2 file may stand in front of the codestream
_FRAME_MARKERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}

Pixels = np.ndarray[Any, np.dtype[Any]]


def is_available(uid: str) -> bool:
    """Say whether frames of this transfer syntax can be decoded here."""
    return uid in DECODER_DEPENDENCIES


def decode_frame(src: bytes, runner: DecodeRunner) -> bytes:
    """Return a frame as pydicom wants it: samples by pixel, colours untransformed.

    Raises:
        ValueError: the picture has another size than the header announces.
        RuntimeError: it is damaged.
    """
    if runner.transfer_syntax == RLE:
        return _run_lengths(src, runner)
    values = _decoder(str(runner.transfer_syntax), runner.samples_per_pixel)(src)
    shape = (runner.rows, runner.columns)
    if values.shape[:2] != shape or values.size != shape[0] * shape[1] * runner.samples_per_pixel:
        raise ValueError("the compressed frame has another size than the header announces")
    runner.set_option("bits_allocated", values.dtype.itemsize * 8)
    runner.set_option("planar_configuration", 0)
    if runner.photometric_interpretation in {"YBR_ICT", "YBR_RCT"}:  # undone by the decoder
        runner.set_option("photometric_interpretation", "RGB")
    return values.tobytes()


def decoded_jpeg_xl(src: bytes, *, rows: int, columns: int) -> Pixels:
    """Return a JPEG XL frame, colour as RGB.

    Raises:
        ValueError: the picture has another size than the header announces; it is not decoded.
        RuntimeError: it is damaged.
    """
    if jpeg_xl.announced_size(src) != (rows, columns):
        raise ValueError("the compressed frame has another size than the header announces")
    return np.asarray(imagecodecs.jpegxl_decode(src, 0))  # of an animation only the first picture


def encoded(values: Pixels, transfer_syntax_uid: str, *, bits_stored: int) -> bytes:
    """Return one frame (rows x columns, or x samples) compressed without loss.

    Raises:
        ENCODER_FAILURES: the values are of a kind that the syntax cannot carry.
    """
    values = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("="))
    bits = _bits(values, bits_stored)
    if transfer_syntax_uid == RLE:
        return _by_pydicom(values, transfer_syntax_uid, bits)
    if values.dtype.itemsize > 2:
        raise ValueError("more than 16 bits are carried by none but RLE")
    if transfer_syntax_uid in _J2K:
        return bytes(
            imagecodecs.jpeg2k_encode(
                values, level=0, codecformat="j2k", reversible=True, mct=False, bitspersample=bits
            )
        )
    if transfer_syntax_uid in _HTJ2K:
        return bytes(imagecodecs.htj2k_encode(values, rgb=False, reversible=True))
    if transfer_syntax_uid == JPEG_LS_LOSSLESS:
        return _by_pydicom(values, transfer_syntax_uid, bits)
    if transfer_syntax_uid == JPEG_LOSSLESS_FIRST_ORDER:
        whole = values.dtype.kind == "i" or values.dtype.itemsize == 1
        return bytes(
            imagecodecs.jpeg8_encode(
                values.view(f"u{values.dtype.itemsize}"),  # it knows no sign: all bits are kept
                lossless=True,
                predictor=1,
                bitspersample=8 * values.dtype.itemsize if whole else bits,
            )
        )
    raise NotImplementedError(transfer_syntax_uid)


def _by_pydicom(values: Pixels, transfer_syntax_uid: str, bits_stored: int) -> bytes:
    samples = 1 if values.ndim == 2 else values.shape[2]
    frame: bytes = get_encoder(UID(transfer_syntax_uid)).encode(
        values,
        rows=values.shape[0],
        columns=values.shape[1],
        samples_per_pixel=samples,
        number_of_frames=1,
        bits_allocated=values.dtype.itemsize * 8,
        bits_stored=bits_stored,
        pixel_representation=int(values.dtype.kind == "i"),
        photometric_interpretation="MONOCHROME2" if samples == 1 else "RGB",
        planar_configuration=0,
        encoding_plugin=_ENCODING_PLUGINS[transfer_syntax_uid],
    )
    return bytes(frame)


def _bits(values: Pixels, bits_stored: int) -> int:
    """Return how many bits are written: all there are where some stand above the stored ones."""
    whole = 8 * values.dtype.itemsize
    if not 2 <= bits_stored < whole or not values.size:
        return whole
    low, high = int(values.min()), int(values.max())
    signed = values.dtype.kind == "i"
    top = 1 << (bits_stored - 1 if signed else bits_stored)
    return bits_stored if (-top if signed else 0) <= low and high < top else whole


def _run_lengths(src: bytes, runner: DecodeRunner) -> bytes:
    """Return an RLE frame by plane; its segments are bytes, the highest first (PS3.5 G.2).

    Each is unpacked alone: the decoders of whole frames that were tried end the process, or panic
    out of every handler, on some broken ones.
    """
    width, size = runner.bits_allocated // 8, runner.rows * runner.columns
    count, *offsets = struct.unpack_from("<16I", src)
    if count != width * runner.samples_per_pixel or not 0 < count <= 15:
        raise ValueError("the compressed frame has other segments than the header announces")
    ends = [*offsets[1:count], len(src)]
    out = np.zeros((runner.samples_per_pixel, size, width), dtype=np.uint8)
    for number, (start, end) in enumerate(zip(offsets[:count], ends, strict=True)):
        if not 64 <= start < end <= len(src):
            raise ValueError("the segments of the compressed frame make no sense")
        segment = np.frombuffer(imagecodecs.packbits_decode(src[start:end]), dtype=np.uint8)
        if len(segment) < size:
            raise ValueError("the compressed frame is shorter than the header announces")
        sample, place = divmod(number, width)
        out[sample, :, width - 1 - place] = segment[:size]
    runner.set_option("planar_configuration", 1)
    return out.tobytes()


def announced_size(src: bytes) -> tuple[int, int, int] | None:
    """Return rows, columns and samples that a frame says it has; None where it says nothing.

    ISO/IEC 10918-1 B.2.2, ISO/IEC 15444-1 A.5.1.
    """
    if src[:2] != b"\xff\xd8":
        place = src.find(b"\xff\x51", 0, _SIZE_WITHIN)
        if place < 0 or len(src) < place + 40:
            return None
        right, lower, left, upper = struct.unpack_from(">4I", src, place + 6)
        (samples,) = struct.unpack_from(">H", src, place + 38)
        return lower - upper, right - left, int(samples)
    position = 2
    while position + 10 <= len(src) and src[position] == 0xFF:
        marker, length = src[position + 1], int(struct.unpack_from(">H", src, position + 2)[0])
        if marker in _FRAME_MARKERS:
            rows, columns, samples = struct.unpack_from(">HHB", src, position + 5)
            return int(rows), int(columns), int(samples)
        position += 1 if marker == 0xFF else 2 + length  # fill bytes stand before a marker
    return None


def _decoder(transfer_syntax_uid: str, samples: int) -> Callable[[bytes], Pixels]:
    if transfer_syntax_uid in _JPEG:
        return _jpeg
    if transfer_syntax_uid in _JPEG_LS:
        return lambda src: np.asarray(imagecodecs.jpegls_decode(src))
    # OpenJPH wraps lossy values round at the ends and gives untransformed colours by plane.
    if transfer_syntax_uid in _HTJ2K - {HTJ2K} and samples == 1:
        return lambda src: np.asarray(imagecodecs.htj2k_decode(src))
    return lambda src: np.asarray(imagecodecs.jpeg2k_decode(src))


def _jpeg(src: bytes) -> Pixels:
    try:
        return np.asarray(imagecodecs.jpeg8_decode(src, colorspace="YCBCR", outcolorspace="YCBCR"))
    except RuntimeError:  # three samples a name of their own, one sample, more than 8 bits
        return np.asarray(imagecodecs.jpeg_decode(src))
