"""The port to where objects are kept."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from pacs_hub.kernel.errors import Unavailable, Unknown

ASIDE_FOLDER: Final = ".aside"
"""Where bytes lie that could not be filed; like every name with a dot, no object of the archive."""


def aside_key() -> str:
    """Return a fresh key for bytes that could not be filed; no other ones ever had it."""
    return f"{ASIDE_FOLDER}/{uuid.uuid4().hex}"


class NoSuchObject(Unknown):
    """No object is stored under that key."""

    code = "no-such-object"


class StorageAway(Unavailable):
    """The object store does not answer, or not in time, or says that it cannot now."""

    code = "storage-away"


@dataclass(frozen=True, kw_only=True)
class StoredObject:
    """One kept object as the area lists it; `kept_at` is when its bytes were written."""

    key: str
    size: int
    kept_at: datetime


class Spool(Protocol):
    """An object on its way in, always a local file: written, then kept, set aside or discarded."""

    path: Path
    file: BinaryIO
    is_kept: bool

    def discard(self) -> None:
        """Forget it; safe to call again, and after it was kept."""


class StorageArea(Protocol):
    """Keeps objects under relative keys; what `keep` returned from survives a power cut."""

    def spool(self, *, near: str = "") -> Spool:
        """Open a fresh spool that `keep` can make object `near`, or any object of the main area.

        Raises:
            Unavailable: the disk refused.
        """

    def keep(self, spool: Spool, key: str) -> None:
        """Make the spool the object `key`, durably; an object already there is replaced.

        Raises:
            Unavailable: the disk refused, or the object store did not acknowledge.
        """

    def set_aside(self, spool: Spool) -> str:
        """Keep bytes that cannot be filed; returns their key.

        Raises:
            Unavailable: as for `keep`.
        """

    def open(self, key: str) -> BinaryIO:
        """Open object `key` for reading; the file can be positioned anywhere.

        Raises:
            NoSuchObject: there is no such object.
            Unavailable: the object store is away; any later read may raise it too.
        """

    def size(self, key: str) -> int:
        """Return the bytes of object `key`.

        Raises:
            NoSuchObject, Unavailable: as for `open`.
        """

    def objects(self, *, after: str = "") -> Iterator[StoredObject]:
        """Yield every object of the archive, without those set aside, in a fixed order.

        It is read page by page as it is asked for; `after` goes on behind that key.

        Raises:
            Unavailable: the object store is away.
        """

    def rename(self, key: str, new_key: str) -> None:
        """Give object `key` another key in the same area; an object already there is replaced.

        Raises:
            NoSuchObject, Unavailable: as for `open`.
        """

    def delete(self, key: str) -> None:
        """Remove object `key`; removing what is gone is not an error.

        Raises:
            Unavailable: the object store is away.
        """

    def free_bytes(self) -> int | None:
        """Return how much more fits; None where nobody can say."""

    def sweep_spools(self, *, older_than: datetime) -> int:
        """Remove spools nobody wrote to since; returns how many."""

    def check(self) -> None:
        """Ask whether objects can be written now.

        Raises:
            Unavailable: they cannot.
        """
