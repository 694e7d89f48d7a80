"""One frame in the transfer syntax a caller asks for (PS3.18 8.7.3)."""

from __future__ import annotations

from pydicom.uid import ExplicitVRLittleEndian

from archive.retrieve import codecs
from archive.retrieve.decoding import Pixels, decoded, decoded_bytes
from archive.retrieve.leaving import CannotTranscode
from archive.retrieve.pixels import PixelData, frame


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
    bits = int(pixels.header.get("BitsStored") or values.dtype.itemsize * 8)
    try:
        return codecs.encoded(values, transfer_syntax_uid, bits_stored=bits)
    except codecs.ENCODER_FAILURES as error:
        raise CannotTranscode("this image cannot be put into that transfer syntax") from error
