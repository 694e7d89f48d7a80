"""Read the transfer syntax from the start of a Part 10 file (PS3.10 7.1); pure."""

from __future__ import annotations

import struct
from typing import BinaryIO, Final

from archive.dicom.part10 import NotDicom

_LONGEST_UID: Final = 64
_LONG_VRS: Final = frozenset({b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"SQ", b"UN", b"UT"})
_TRANSFER_SYNTAX: Final = 0x0010


def transfer_syntax_of(file: BinaryIO) -> str:
    """Return Transfer Syntax UID (0002,0010); reads a few bytes whatever the lengths say.

    Raises:
        NotDicom: there is no File Meta Information, or no transfer syntax in it.
    """
    file.seek(128)
    if file.read(4) != b"DICM":
        raise NotDicom("the object has no File Meta Information")
    position = 132
    while True:
        file.seek(position)
        head = file.read(12)
        if len(head) < 8:
            break
        group, element = struct.unpack_from("<HH", head)
        if group != 2:
            break
        start = position + (12 if head[4:6] in _LONG_VRS else 8)
        if start == position + 12:
            (length,) = struct.unpack_from("<I", head.ljust(12, b"\0"), 8)
        else:
            (length,) = struct.unpack_from("<H", head, 6)
        if element == _TRANSFER_SYNTAX:
            file.seek(start)
            return file.read(min(length, _LONGEST_UID)).decode("latin-1").strip(" \0")
        position = start + length
    raise NotDicom("the File Meta Information names no transfer syntax")
