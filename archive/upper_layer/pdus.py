"""PDU types, and messages cut into P-DATA-TF PDUs for either side (PS3.8 9.3, Annex E)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import Final

IS_COMMAND: Final = 1
IS_LAST: Final = 2
PDV_HEADER: Final = 6  # of the PDU's length: item length, context id, message control header
LARGEST_ROOM: Final = 262_144  # what we put into one PDU for a peer that takes any length


class Pdu(IntEnum):
    """PDU types (PS3.8 9.3.1)."""

    ASSOCIATE_RQ = 1
    ASSOCIATE_AC = 2
    ASSOCIATE_RJ = 3
    DATA = 4
    RELEASE_RQ = 5
    RELEASE_RP = 6
    ABORT = 7


SERVICE_USER: Final = 0
SERVICE_PROVIDER: Final = 2
REASON_NOT_SPECIFIED: Final = 0
UNRECOGNISED_PDU: Final = 1
UNEXPECTED_PDU: Final = 2
INVALID_PDU_PARAMETER: Final = 6


def abort_pdu(*, source: int, reason: int) -> bytes:
    """Return an A-ABORT PDU (PS3.8 9.3.8): source 0 is the service user, 2 the provider."""
    return struct.pack(">BBIBBBB", Pdu.ABORT, 0, 4, 0, 0, source, reason)


RELEASE_REQUEST: Final = struct.pack(">BBII", Pdu.RELEASE_RQ, 0, 4, 0)
RELEASE_RESPONSE: Final = struct.pack(">BBII", Pdu.RELEASE_RP, 0, 4, 0)


class Ended(Exception):
    """The association is over: nothing more to say."""


def command_pdus(context_id: int, command: bytes, *, max_length: int) -> bytes:
    """Return a whole command set as PDUs, cut to what the peer takes (0: any length)."""
    return _cut(context_id, command, IS_COMMAND, _room(max_length), ends=True)


def data_pdus(context_id: int, blocks: Iterable[bytes], *, max_length: int) -> Iterator[bytes]:
    """Yield a data set as PDUs, one or more at a time, as its blocks come; none is kept long."""
    room = _room(max_length)
    held = b""
    for block in blocks:
        held = held + block if held else block
        whole = (len(held) - 1) // room * room  # the last fragment is known only at the end
        if whole > 0:
            yield _cut(context_id, held[:whole], 0, room, ends=False)
            held = held[whole:]
    yield _cut(context_id, held, 0, room, ends=True)


def _room(max_length: int) -> int:
    """Return the bytes of a fragment: an even number, as PS3.8 9.3.5.1 wants."""
    if not max_length:
        return LARGEST_ROOM
    return max(min(max_length - PDV_HEADER, LARGEST_ROOM) & ~1, 1)


def _cut(context_id: int, data: bytes, kind: int, room: int, *, ends: bool) -> bytes:
    pieces: list[bytes | memoryview] = []
    view = memoryview(data)
    for start in range(0, max(len(data), 1), room):
        piece = view[start : start + room]
        control = kind | (IS_LAST if ends and start + room >= len(data) else 0)
        length = len(piece)
        pieces.append(
            struct.pack(">BBIIBB", Pdu.DATA, 0, length + 6, length + 2, context_id, control)
        )
        pieces.append(piece)
    return b"".join(pieces)
