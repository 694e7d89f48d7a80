"""A spool that is written piece by piece, with the digest of what went into it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

from archive.storage.area import Spool
from archive.storage.spools import write_all

HEAD_BYTES: Final = 64 * 1024
LOOK_EVERY_BYTES: Final = 64 * 1024 * 1024


class HashedSink:
    """Bytes on their way into a spool; `size` and `head` are of what was written so far.

    `header` comes before them. What fits into the head stays at hand until `finish`, so that a
    small object costs one write. `check_room` is asked now and then with the size, and raises
    where there is no room.
    """

    def __init__(
        self,
        spool: Spool,
        header: bytes = b"",
        *,
        check_room: Callable[[int], None] | None = None,
    ) -> None:
        self.spool = spool
        self.head = bytearray(header)
        self.size = len(header)
        self._check_room = check_room
        self._look_at = LOOK_EVERY_BYTES
        self._is_at_hand = True  # nothing is in the file yet
        self._digest = hashlib.sha256()

    def write(self, data: bytes | memoryview) -> None:
        """Append `data`.

        Raises:
            DiskRefused: the disk is full or away.
            Unavailable: so says `check_room`.
        """
        self.size += len(data)
        if self._is_at_hand:
            if self.size <= HEAD_BYTES:
                self.head += data
                return
            room = HEAD_BYTES - len(self.head)
            self.head += data[:room]
            self.finish()
            data = data[room:]
        if self._check_room is not None and self.size >= self._look_at:
            self._look_at = self.size + LOOK_EVERY_BYTES
            self._check_room(self.size)
        self._append(data)

    def finish(self) -> None:
        """Put what is still at hand into the file; before that the file is not whole.

        Raises:
            DiskRefused: there is no room for it.
        """
        if self._is_at_hand:
            self._is_at_hand = False
            self._append(memoryview(self.head))

    def rest(self) -> None:
        """Let go of file and head, but leave the bytes on disk: thousands may wait so."""
        self.spool.file.close()
        self.head = bytearray()

    def discard(self) -> None:
        """Remove the file; nothing is left to do where it was kept."""
        self.spool.discard()

    def sha256(self) -> str:
        """Return the digest of all bytes, once they are in the file."""
        return self._digest.hexdigest()

    def _append(self, data: bytes | memoryview) -> None:
        write_all(self.spool.file, data)
        self._digest.update(data)
