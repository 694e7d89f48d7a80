"""Objects on a local disk: temporary file, fsync, rename, fsync of the folder."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from archive.storage import spools
from archive.storage.area import (
    ASIDE_FOLDER,
    NoSuchObject,
    Spool,
    StoredObject,
    aside_key,
)
from archive.storage.spools import DiskRefused, FileSpool

logger = logging.getLogger(__name__)

SPOOL_FOLDER: Final = ".spool"
NAMES_FOLLOW: Final = frozenset({"ext4", "xfs"})
"""File systems whose journal has a rename in the very transaction that the next fsync of the
renamed file commits, because the rename changed that file's inode; elsewhere the folder is
synced too."""


class FilesystemArea:
    """A storage area below one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known_folders: set[str] = set()
        root.mkdir(parents=True, exist_ok=True)
        self._names_follow = _file_system_of(root) in NAMES_FOLLOW
        for name in (SPOOL_FOLDER, ASIDE_FOLDER):
            (root / name).mkdir(parents=True, exist_ok=True)

    def spool(self, *, near: str = "") -> FileSpool:  # noqa: ARG002 - one disk for all keys
        """Open a fresh spool.

        Raises:
            DiskRefused: less than the reserve is free, or the disk says no.
        """
        return spools.open_spool(self._root / SPOOL_FOLDER)

    def keep(self, spool: Spool, key: str) -> None:
        """Make the spool the object `key`: it is on the disk when this returns."""
        self._settle(spool, str(self.path(key)))

    def set_aside(self, spool: Spool) -> str:
        """Keep the spool's bytes under a name of their own."""
        key = aside_key()
        self._settle(spool, str(self.path(key)))
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
        try:
            self.path(key).unlink(missing_ok=True)
        except OSError as error:
            raise DiskRefused(f"the archive's disk refused: {error.strerror}") from error

    def size(self, key: str) -> int:
        """Return the bytes of object `key`."""
        try:
            return self.path(key).stat().st_size
        except FileNotFoundError as error:
            raise NoSuchObject("that object is not stored here") from error

    def objects(self, *, after: str = "") -> Iterator[StoredObject]:
        """Yield every object in the order of its key, one folder in memory at a time."""
        yield from _walk(self._root, "", after)

    def rename(self, key: str, new_key: str) -> None:
        """Give object `key` another key, durably."""
        source, target = self.path(key), self.path(new_key)
        try:
            self._make_folder(str(target.parent))
            source.rename(target)
            _sync_folder(str(target.parent))
            _sync_folder(str(source.parent))
        except FileNotFoundError as error:
            raise NoSuchObject("that object is not stored here") from error
        except OSError as error:
            raise DiskRefused(f"the archive's disk refused: {error.strerror}") from error

    def free_bytes(self) -> int | None:
        """Return the free space of the disk."""
        return shutil.disk_usage(self._root).free

    def sweep_spools(self, *, older_than: datetime) -> int:
        """Remove spools nobody wrote to since."""
        return spools.sweep(self._root / SPOOL_FOLDER, older_than=older_than)

    def check(self) -> None:
        """Ask whether the folder can be written."""
        if not os.access(self._root, os.W_OK | os.X_OK):
            raise DiskRefused("the archive's disk cannot be written")

    def _settle(self, spool: Spool, target: str) -> None:
        """Rename, then sync content and name."""
        folder = os.path.dirname(target)
        try:
            self._make_folder(folder)
            os.rename(spool.path, target)
            os.fsync(spool.file.fileno())
            if not self._names_follow:
                _sync_folder(folder)
        except OSError as error:
            self._known_folders.discard(folder)  # somebody may have removed it
            raise DiskRefused(f"the archive's disk refused: {error.strerror}") from error
        spool.file.close()
        spool.is_kept = True

    def _make_folder(self, folder: str) -> None:
        """Create `folder` durably: each new level is synced into its parent."""
        if folder in self._known_folders:
            return
        missing = []
        level = Path(folder)
        while not level.exists():
            missing.append(level)
            level = level.parent
        for new in reversed(missing):
            new.mkdir(exist_ok=True)
            _sync_folder(str(new.parent))
        if len(self._known_folders) > 10_000:
            self._known_folders.clear()
        self._known_folders.add(folder)


def _file_system_of(folder: Path) -> str:
    """Return the type of the file system `folder` is on; "" where the system does not say."""
    device = folder.stat().st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    for line in lines:
        facts, _, rest = line.partition(" - ")
        if facts.split()[2] == wanted:
            return rest.split()[0]
    return ""


def _sync_folder(folder: str) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _walk(root: Path, relative: str, after: str) -> Iterator[StoredObject]:
    """Yield what lies below a folder; names are compared as parts of whole keys."""
    try:
        with os.scandir(root / relative) as entries:
            named = sorted((e.name + "/" if e.is_dir() else e.name, e) for e in entries)
    except FileNotFoundError:  # removed while we walked
        return
    except PermissionError:  # not ours, such as the lost+found of a file system of its own
        logger.warning("archive.storage.folder_not_ours", extra={"level": relative.count("/")})
        return
    for name, entry in named:
        key = relative + name
        if name.startswith("."):
            continue
        if name.endswith("/"):
            if key > after or after.startswith(key):
                yield from _walk(root, key, after)
        elif key > after:
            try:
                facts = entry.stat()
            except FileNotFoundError:
                continue
            kept_at = datetime.fromtimestamp(facts.st_mtime, UTC)
            yield StoredObject(key=key, size=facts.st_size, kept_at=kept_at)
