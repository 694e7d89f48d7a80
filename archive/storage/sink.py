"""A spool that is written piece by piece, with the digest of what went into it."""

from __future__ import annotations

import hashlib

from archive.storage.area import Spool
from archive.storage.spools import DiskRefused


class HashedSink:
    """Bytes on their way into a spool; `size` and `sha256` are of what was written so far."""

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self.size = 0
        self._digest = hashlib.sha256()

    def write(self, data: bytes | memoryview) -> None:
        """Append `data`.

        Raises:
            DiskRefused: the disk is full or away.
        """
        try:
            written = self.spool.file.write(data)
            while written < len(data):  # an unbuffered file may take less
                written += self.spool.file.write(data[written:])
        except OSError as error:
            raise DiskRefused(f"the archive's disk refused: {error.strerror}") from error
        self._digest.update(data)
        self.size += len(data)

    def rest(self) -> None:
        """Close the file but leave it on disk: thousands may wait for the end of a body."""
        self.spool.file.close()

    def discard(self) -> None:
        """Remove the file; nothing is left to do where it was kept."""
        self.spool.discard()

    def sha256(self) -> str:
        """Return the digest of all bytes."""
        return self._digest.hexdigest()
