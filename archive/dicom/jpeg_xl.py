"""How large a JPEG XL picture says that it is (ISO/IEC 18181-1 D.2, 18181-2 9); pure."""

from __future__ import annotations

from typing import Final

_CODESTREAM: Final = b"\xff\x0a"
_CONTAINER: Final = b"\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a"
_BITS: Final = (9, 13, 18, 30)
# Columns to rows where they are not written out; 0: they are.
_RATIOS: Final = ((0, 1), (1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_HEAD_BYTES: Final = 12  # the longest size header has 69 bits


def announced_size(data: bytes) -> tuple[int, int]:
    """Return rows and columns.

    Raises:
        ValueError: it is no JPEG XL picture.
    """
    if data.startswith(_CONTAINER):
        data = _codestream_in(data)
    if not data.startswith(_CODESTREAM):
        raise ValueError("not a JPEG XL picture")
    bits = _Bits(data[2 : 2 + _HEAD_BYTES])
    is_short = bits.take(1)
    rows = _length(bits, is_short=is_short)
    across, down = _RATIOS[bits.take(3)]
    return rows, rows * across // down if across else _length(bits, is_short=is_short)


class _Bits:
    """Bits of a byte string, the lowest of each byte first."""

    def __init__(self, data: bytes) -> None:
        self._left = int.from_bytes(data, "little")

    def take(self, count: int) -> int:
        value = self._left & ((1 << count) - 1)
        self._left >>= count
        return value


def _length(bits: _Bits, *, is_short: int) -> int:
    if is_short:
        return 8 * (bits.take(5) + 1)
    return bits.take(_BITS[bits.take(2)]) + 1


def _codestream_in(data: bytes) -> bytes:
    """Return the beginning of the codestream in a file of boxes."""
    position = len(_CONTAINER)
    while position + 8 <= len(data):
        length, kind = (
            int.from_bytes(data[position : position + 4]),
            data[position + 4 : position + 8],
        )
        body, end = position + 8, position + length
        if length == 1:  # a long one: its length stands behind its name
            end, body = position + int.from_bytes(data[body : body + 8]), body + 8
        elif not length:
            end = len(data)
        if kind == b"jxlc":
            return data[body:end]
        if kind == b"jxlp":
            return data[body + 4 : end]
        if end <= position:
            break
        position = end
    raise ValueError("a JPEG XL file without a picture")
