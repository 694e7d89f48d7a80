"""What a process is busy with, on a scrap of paper beside it, in case it dies of it.

A message is kept in the transaction that applies it: a message that kills the process would leave
no trace and be sent again for ever. So its bytes are written to a file first. That file is not
synced: it has to outlive the process, not the machine.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from integrations.hl7.inbox.arrivals import Arrival

PATTERN: Final = "hl7-in-hand-*"
_LENGTHS: Final = struct.Struct(">IIB")
_END: Final = bytes(_LENGTHS.size)  # no message comes from nowhere


class InHand:
    """The paper of one thread."""

    def __init__(self, folder: Path, name: str) -> None:
        """Begin with an empty one; `name` tells the threads and processes of a hub apart."""
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / PATTERN.replace("*", name)
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC
        self._file = os.open(self._path, flags, 0o600)

    def take(self, arrivals: Sequence[Arrival]) -> None:
        """Write down what is begun now."""
        parts: list[bytes] = []
        for one in arrivals:
            address = one.address.encode()
            parts += [_LENGTHS.pack(len(address), len(one.raw), one.truncated), address, one.raw]
        os.pwrite(self._file, b"".join([*parts, _END]), 0)

    def put_down(self) -> None:
        """Say that all of it is settled.

        The file keeps its length: to change that would make every commit that follows slower.
        """
        os.pwrite(self._file, _END, 0)

    def close(self) -> None:
        """Throw an empty paper away; one that says something stays."""
        if os.pread(self._file, len(_END), 0) in (b"", _END):
            self._path.unlink(missing_ok=True)
        os.close(self._file)


def left(folder: Path) -> Iterator[tuple[Path, list[Arrival]]]:
    """Yield the papers of processes that are gone, and what they were busy with."""
    for path in sorted(folder.glob(PATTERN)):
        yield path, _read(path.read_bytes())


def _read(content: bytes) -> list[Arrival]:
    found: list[Arrival] = []
    place = 0
    while place + _LENGTHS.size <= len(content):
        address, raw, truncated = _LENGTHS.unpack_from(content, place)
        begin = place + _LENGTHS.size
        place = begin + address + raw
        if not address:
            break
        if place > len(content):  # it died while it wrote
            break
        found.append(
            Arrival(
                raw=content[begin + address : place],
                address=content[begin : begin + address].decode(),
                truncated=bool(truncated),
            )
        )
    return found
