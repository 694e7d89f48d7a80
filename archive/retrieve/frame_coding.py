"""One frame in the transfer syntax a caller asks for (PS3.18 8.7.3)."""

from __future__ import annotations

from typing import Final

from pydicom.pixels import get_encoder
from pydicom.pixels.encoders.base import Encoder
from pydicom.uid import UID, ExplicitVRLittleEndian

from archive.retrieve.decoding import Pixels, decoded, decoded_bytes
from archive.retrieve.leaving import CannotTranscode
from archive.retrieve.pixels import PixelData, frame

_FAILURES: Final = (AttributeError, KeyError, NotImplementedError, RuntimeError, ValueError)


def frame_in(pixels: PixelData, number: int, transfer_syntax_uid: str) -> bytes:
    """Return frame `number` (from 1) in that syntax; as it is stored where that is the one.

    Raises:
        NoSuchFrame: there is no such frame.
        PixelDataBroken, CannotDecode: the stored frame cannot be read.
        CannotTranscode: it cannot be put into that syntax.
    """
    plain = transfer_syntax_uid == ExplicitVRLittleEndian
    if transfer_syntax_uid == pixels.transfer_syntax_uid or (plain and pixels.is_native):
        return frame(pixels, number)
    if plain:
        return decoded_bytes(pixels.file, number)
    return _encoded(decoded(pixels.file, number, raw=True), pixels, transfer_syntax_uid)


def _encoded(values: Pixels, pixels: PixelData, transfer_syntax_uid: str) -> bytes:
    header = pixels.header
    options = {
        "rows": values.shape[0],
        "columns": values.shape[1],
        "samples_per_pixel": 1 if values.ndim == 2 else values.shape[2],
        "number_of_frames": 1,
        "bits_allocated": values.dtype.itemsize * 8,
        "bits_stored": int(header.get("BitsStored") or values.dtype.itemsize * 8),
        "pixel_representation": int(values.dtype.kind == "i"),
        "photometric_interpretation": str(header.get("PhotometricInterpretation", "")),
        "planar_configuration": 0,
    }
    try:
        encoder: Encoder = get_encoder(UID(transfer_syntax_uid))
        return bytes(encoder.encode(values, **options))
    except _FAILURES as error:
        raise CannotTranscode("this image cannot be put into that transfer syntax") from error
