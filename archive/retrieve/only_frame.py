"""The frame of an object that has but one, found from the end of its file without a parser.

Most of what viewers ask for all day is such a frame, and reading the header costs more than
sending the pixels. What does not look exactly as expected is left to `pixels.locate`.
"""

from __future__ import annotations

import struct
from typing import BinaryIO, Final

from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from archive.retrieve.streaming import size_of

LARGEST_COMPRESSED: Final = 4 * 1024 * 1024
_TAG: Final = b"\xe0\x7f\x10\x00"
_ENCAPSULATED: Final = _TAG + b"OB\0\0\xff\xff\xff\xff"
_HEADS: Final[dict[str, tuple[bytes, ...]]] = {
    ExplicitVRLittleEndian: (_TAG + b"OW\0\0", _TAG + b"OB\0\0"),
    ImplicitVRLittleEndian: (_TAG,),
}
_ITEM, _END = 0xFFFEE000, 0xFFFEE0DD


def native_frame(
    file: BinaryIO, *, syntax: str, rows: int, columns: int, bits: int
) -> bytes | None:
    """Return the pixels, where the file ends with exactly one frame of them; else None."""
    if bits not in {8, 16} or syntax not in _HEADS:
        return None
    size = size_of(file)
    for samples in (1, 3):
        length = rows * columns * samples * bits // 8
        for head in _HEADS[syntax]:
            expected = head + struct.pack("<I", length + length % 2)
            start = size - length - length % 2 - len(expected)
            if start < 0:
                continue
            file.seek(start)
            if file.read(len(expected)) == expected:
                return file.read(length)
    return None


def compressed_frame(file: BinaryIO) -> bytes | None:
    """Return the fragments behind the offset table, joined; None where that is not all there is."""
    if size_of(file) > LARGEST_COMPRESSED:
        return None
    file.seek(0)
    content = file.read()
    start = content.find(_ENCAPSULATED)
    while start >= 0:
        found = _fragments(content, start + len(_ENCAPSULATED))
        if found is not None:
            return found
        start = content.find(_ENCAPSULATED, start + 1)  # that was an icon
    return None


def _fragments(content: bytes, position: int) -> bytes | None:
    pieces: list[bytes] = []
    while position + 8 <= len(content):
        group, element, length = struct.unpack_from("<HHI", content, position)
        tag, position = group << 16 | element, position + 8
        if tag == _END:
            if position != len(content) or len(pieces) < 2:
                return None
            return pieces[1] if len(pieces) == 2 else b"".join(pieces[1:])
        if tag != _ITEM or position + length > len(content):
            return None
        pieces.append(content[position : position + length])
        position += length
    return None
