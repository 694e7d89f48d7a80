"""One frame of an object as an array, whatever it is compressed with."""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

import numpy as np
import pydicom
from pydicom.pixels.utils import pixel_array

from archive.retrieve.transcoding import CannotDecode

Pixels = np.ndarray[Any, np.dtype[Any]]


def decoded(file: BinaryIO, number: int, *, raw: bool) -> Pixels:
    """Return frame `number` (from 1); colour as it is stored (`raw`) or as RGB.

    Raises:
        CannotDecode: there is no decoder for it, or the pixel data is damaged.
    """
    file.seek(0)
    try:
        return pixel_array(file, index=number - 1, raw=raw)
    except (
        AttributeError,
        EOFError,
        IndexError,
        KeyError,
        NotImplementedError,
        RuntimeError,
        TypeError,
        ValueError,
        struct.error,
        pydicom.errors.InvalidDicomError,
    ) as error:
        raise CannotDecode("this object's pixel data cannot be decoded here") from error


def decoded_bytes(file: BinaryIO, number: int) -> bytes:
    """Return frame `number` as native little-endian pixel data, colour by pixel.

    Raises:
        CannotDecode: as `decoded`.
    """
    pixels = decoded(file, number, raw=True)
    return pixels.astype(pixels.dtype.newbyteorder("<"), copy=False).tobytes()
