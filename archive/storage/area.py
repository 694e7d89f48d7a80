"""The port to where objects are kept."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Protocol


class Spool(Protocol):
    """An object on its way in: written, then kept, set aside or discarded."""

    path: Path
    file: BinaryIO

    def discard(self) -> None:
        """Forget it; safe to call again, and after it was kept."""


class StorageArea(Protocol):
    """Keeps objects under relative keys; what `keep` returned from survives a power cut."""

    def spool(self) -> Spool:
        """Open a fresh spool on the same disk as the kept objects."""

    def keep(self, spool: Spool, key: str) -> None:
        """Make the spool the object `key`, durably; an object already there is replaced.

        Raises:
            Unavailable: the disk refused.
        """

    def set_aside(self, spool: Spool) -> str:
        """Keep bytes that cannot be filed; returns their key.

        Raises:
            Unavailable: the disk refused.
        """

    def open(self, key: str) -> BinaryIO:
        """Open object `key` for reading.

        Raises:
            Unknown: there is no such object.
        """

    def path(self, key: str) -> Path:
        """Return the file of object `key`."""

    def delete(self, key: str) -> None:
        """Remove object `key`; removing what is gone is not an error."""
