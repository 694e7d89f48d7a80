"""Deflated data sets (PS3.5 A.5), inflated no further than is good for us; pure."""

from __future__ import annotations

import zlib
from typing import BinaryIO, Final

from pacs_hub.kernel.errors import Malformed

MOST_INFLATED: Final = 512 * 1024 * 1024
"""What a deflated data set may become: whoever shows it has to hold it."""
HEAD_BYTES: Final = 32 * 1024 * 1024
CHUNK: Final = 256 * 1024


class InflatesTooFar(Malformed):
    """A few deflated bytes want to become more than we hold."""

    code = "inflates-too-far"


def inflate(data: bytes, *, most: int) -> bytes:
    """Return a whole data set.

    Raises:
        InflatesTooFar: it would be longer than `most`.
        zlib.error: it is not deflated, or cut short.
    """
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    plain = inflater.decompress(data, most + 1)
    if len(plain) > most:
        raise InflatesTooFar("the deflated data set is too long")
    if not inflater.eof:
        raise zlib.error("the deflated data set ends too early")
    return plain


def inflated_head(file: BinaryIO) -> tuple[bytes, int]:
    """Return the beginning of the data set in the rest of `file`, and the length of all of it.

    Raises:
        InflatesTooFar: it would be longer than we hold.
        zlib.error: it is not deflated, or cut short.
    """
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    head, total = bytearray(), 0
    while not inflater.eof:
        deflated = inflater.unconsumed_tail or file.read(CHUNK)
        if not deflated:
            raise zlib.error("the deflated data set ends too early")
        plain = inflater.decompress(deflated, CHUNK)
        total += len(plain)
        if total > MOST_INFLATED:
            raise InflatesTooFar("the deflated data set is too long")
        head += plain[: max(0, HEAD_BYTES - len(head))]
    return bytes(head), total
