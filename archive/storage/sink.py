"""A spool that is written piece by piece, with the digest of what went into it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

from archive.storage.area import Spool
from archive.storage.spools import DiskRefused

HEAD_BYTES: Final = 64 * 1024
LOOK_EVERY_BYTES: Final = 64 * 1024 * 1024


class HashedSink:
    """Bytes on their way into a spool; `size`, `head` and `sha256` are of what was written so far.

    `check_room` is asked now and then with that size, and raises where there is no room.
    """

    def __init__(self, spool: Spool, *, check_room: Callable[[int], None] | None = None) -> None:
        self.spool = spool
        self.size = 0
        self.head = bytearray()
        self._check_room = check_room
        self._look_at = LOOK_EVERY_BYTES
        self._digest = hashlib.sha256()

    def write(self, data: bytes | memoryview) -> None:
        """Append `data`.

        Raises:
            DiskRefused: the disk is full or away.
            Unavailable: so says `check_room`.
        """
        if self._check_room is not None and self.size >= self._look_at:
            self._look_at = self.size + LOOK_EVERY_BYTES
            self._check_room(self.size)
        try:
            written = self.spool.file.write(data)
            while written < len(data):  # an unbuffered file may take less
                written += self.spool.file.write(data[written:])
        except OSError as error:
            raise DiskRefused(f"the archive's disk refused: {error.strerror}") from error
        if (room := HEAD_BYTES - len(self.head)) > 0:
            self.head += data[:room]
        self._digest.update(data)
        self.size += len(data)

    def rest(self) -> None:
        """Let go of file and head, but leave the bytes on disk: thousands may wait so."""
        self.spool.file.close()
        self.head = bytearray()

    def discard(self) -> None:
        """Remove the file; nothing is left to do where it was kept."""
        self.spool.discard()

    def sha256(self) -> str:
        """Return the digest of all bytes."""
        return self._digest.hexdigest()
