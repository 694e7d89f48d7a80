"""Where the elements of an open Part 10 file lie, their values left on disk (PS3.5 7); pure."""

from __future__ import annotations

import struct
from typing import BinaryIO, Final

from pacs_hub.kernel.errors import Malformed

_META_GROUP: Final = 2
_LONG_VRS: Final = frozenset(
    {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
)


class BrokenElements(Malformed):
    """The elements of the object do not add up."""

    code = "broken-elements"


def data_set_start(file: BinaryIO) -> int:
    """Return where the data set starts, after the File Meta Information (PS3.10 7.1).

    Raises:
        BrokenElements: the file does not begin like a Part 10 file.
    """
    file.seek(0)
    if file.read(132)[128:] != b"DICM":
        raise BrokenElements("the object has no File Meta Information")
    position = 132
    while True:
        head = file.read(12)
        if len(head) < 8 or struct.unpack_from("<H", head)[0] != _META_GROUP:
            return position
        if head[4:6] in _LONG_VRS:
            if len(head) < 12:
                raise BrokenElements("the File Meta Information ends too early")
            position += 12 + int(struct.unpack_from("<I", head, 8)[0])
        else:
            position += 8 + int(struct.unpack_from("<H", head, 6)[0])
        file.seek(position)
