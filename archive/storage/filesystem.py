"""Objects on a local disk: temporary file, fsync, rename, fsync of the folder."""

from __future__ import annotations

import os
import shutil
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, Final

from archive.storage.area import Spool
from pacs_hub.kernel.errors import Unavailable, Unknown

SPOOL_FOLDER: Final = ".spool"
ASIDE_FOLDER: Final = ".aside"
SYNCERS: Final = 8
RESERVE_BYTES: Final = 64 * 1024 * 1024


class DiskRefused(Unavailable):
    """The disk is full, read-only or gone."""

    code = "disk-refused"


class NoSuchObject(Unknown):
    """No object is stored under that key."""

    code = "no-such-object"


class FileSpool:
    """A temporary file beside the objects."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"in-{uuid.uuid4().hex}"
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self.file: BinaryIO = os.fdopen(handle, "w+b", buffering=0)

    def discard(self) -> None:
        """Close and remove the file; after it was kept only the close is left to do."""
        self.file.close()
        self.path.unlink(missing_ok=True)


class FilesystemArea:
    """A storage area below one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known_folders: set[Path] = set()
        self._syncer = ThreadPoolExecutor(SYNCERS, thread_name_prefix="folder-sync")
        for name in (SPOOL_FOLDER, ASIDE_FOLDER):
            (root / name).mkdir(parents=True, exist_ok=True)

    def spool(self) -> FileSpool:
        """Open a fresh spool.

        Raises:
            DiskRefused: less than the reserve is free, or the disk says no.
        """
        try:
            if shutil.disk_usage(self._root).free < RESERVE_BYTES:
                raise DiskRefused("the archive's disk is full")
            return FileSpool(self._root / SPOOL_FOLDER)
        except OSError as error:
            raise DiskRefused(f"the archive's disk refused: {error.strerror}") from error

    def keep(self, spool: Spool, key: str) -> None:
        """Make the spool the object `key`: it is on the disk when this returns."""
        self._settle(spool, self.path(key))

    def set_aside(self, spool: Spool) -> str:
        """Keep the spool's bytes under a name of their own."""
        key = f"{ASIDE_FOLDER}/{spool.path.name}"
        self._settle(spool, self.path(key))
        return key

    def open(self, key: str) -> BinaryIO:
        """Open object `key` for reading."""
        try:
            return self.path(key).open("rb")
        except FileNotFoundError as error:
            raise NoSuchObject("that object is not stored here") from error

    def path(self, key: str) -> Path:
        """Return the file of object `key`, which lies below the root.

        Raises:
            NoSuchObject: the key points outside.
        """
        path = self._root / key
        if ".." in path.parts:
            raise NoSuchObject("that object is not stored here")
        return path

    def delete(self, key: str) -> None:
        """Remove object `key`."""
        self.path(key).unlink(missing_ok=True)

    def _settle(self, spool: Spool, target: Path) -> None:
        try:
            self._make_folder(target.parent)
            spool.path.rename(target)
            # Content and name wait for the same disk: together, not one after the other.
            name = self._syncer.submit(_sync_folder, target.parent)
            os.fdatasync(spool.file.fileno())
            name.result()
        except OSError as error:
            raise DiskRefused(f"the archive's disk refused: {error.strerror}") from error
        spool.file.close()

    def _make_folder(self, folder: Path) -> None:
        """Create `folder` durably: each new level is synced into its parent."""
        if folder in self._known_folders:
            return
        missing = []
        level = folder
        while not level.exists():
            missing.append(level)
            level = level.parent
        for new in reversed(missing):
            new.mkdir(exist_ok=True)
            _sync_folder(new.parent)
        if len(self._known_folders) > 10_000:
            self._known_folders.clear()
        self._known_folders.add(folder)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
