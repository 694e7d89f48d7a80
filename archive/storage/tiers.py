"""Two areas behind one port: keys that begin with `cold/` lie in the cold one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import BinaryIO, Final

from archive.storage.area import NoSuchObject, Spool, StorageArea, StoredObject

COLD: Final = "cold/"


def cold_key(key: str) -> str:
    """Return the key an object of the main area has in the cold one."""
    return key if is_cold(key) else COLD + key


def main_key(key: str) -> str:
    """Return the key an object has in the main area."""
    return key.removeprefix(COLD)


def is_cold(key: str) -> bool:
    """Say whether the object lies in the cold area."""
    return key.startswith(COLD)


def counterpart(key: str) -> str:
    """Return the key the same object has in the other area."""
    return main_key(key) if is_cold(key) else cold_key(key)


class TieredArea:
    """The main area and the cold one. What arrives is spooled and set aside in the main one."""

    def __init__(self, *, main: StorageArea, cold: StorageArea) -> None:
        self.main = main
        self.cold = cold

    def spool(self, *, near: str = "") -> Spool:
        """Open a fresh spool of the area where object `near` will lie."""
        return self._of(near).spool()

    def keep(self, spool: Spool, key: str) -> None:
        """Make the spool the object `key`."""
        self._of(key).keep(spool, main_key(key))

    def set_aside(self, spool: Spool) -> str:
        """Keep bytes that cannot be filed in the main area."""
        return self.main.set_aside(spool)

    def open(self, key: str) -> BinaryIO:
        """Open object `key` for reading."""
        return self._of(key).open(main_key(key))

    def size(self, key: str) -> int:
        """Return the bytes of object `key`."""
        return self._of(key).size(main_key(key))

    def objects(self, *, after: str = "") -> Iterator[StoredObject]:
        """Yield the objects of the main area, then those of the cold one."""
        if not is_cold(after):
            for found in self.main.objects(after=after):
                if not is_cold(found.key):  # a folder of that name in the main area is not ours
                    yield found
        for found in self.cold.objects(after=main_key(after) if is_cold(after) else ""):
            yield replace(found, key=cold_key(found.key))

    def rename(self, key: str, new_key: str) -> None:
        """Give object `key` another key in its own area.

        Raises:
            NoSuchObject: the new key lies in the other one.
        """
        if is_cold(key) != is_cold(new_key):
            raise NoSuchObject("an object keeps its area when it gets another key")
        self._of(key).rename(main_key(key), main_key(new_key))

    def delete(self, key: str) -> None:
        """Remove object `key`."""
        self._of(key).delete(main_key(key))

    def free_bytes(self) -> int | None:
        """Return how much more fits into the main area, which is where objects arrive."""
        return self.main.free_bytes()

    def sweep_spools(self, *, older_than: datetime) -> int:
        """Remove spools of both that nobody wrote to since."""
        areas = (self.main, self.cold)
        return sum(each.sweep_spools(older_than=older_than) for each in areas)

    def check(self) -> None:
        """Ask whether what arrives can be written; a cold area that is away stops no modality."""
        self.main.check()

    def _of(self, key: str) -> StorageArea:
        return self.cold if is_cold(key) else self.main
