"""Objects on their way in: temporary files on a local disk."""

from __future__ import annotations

import itertools
import os
import shutil
import time
import uuid
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from pacs_hub.kernel.errors import Unavailable

RESERVE_BYTES: Final = 64 * 1024 * 1024
LOOK_AT_DISK_SECONDS: Final = 0.5
_OWN: Final = uuid.uuid4().hex  # no other process makes the same names
_NUMBERS: Final = itertools.count()
_looked_at: dict[Path, float] = {}


class DiskRefused(Unavailable):
    """The disk is full, read-only or gone."""

    code = "disk-refused"


class FileSpool:
    """A temporary file beside the objects."""

    def __init__(self, path: str) -> None:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self.file: BinaryIO = os.fdopen(handle, "w+b", buffering=0)
        self.path = Path(path)
        self.is_kept = False

    def discard(self) -> None:
        """Close and remove the file; after it was kept only the close is left to do."""
        self.file.close()
        if not self.is_kept:
            self.path.unlink(missing_ok=True)


def write_all(file: BinaryIO, data: bytes | memoryview) -> None:
    """Write all of `data` into the file of a spool, which may take less at a time.

    Raises:
        DiskRefused: the disk is full or away.
    """
    try:
        written = file.write(data)
        while written < len(data):
            written += file.write(data[written:])
    except OSError as error:
        raise DiskRefused(f"the archive's disk refused: {error.strerror}") from error


def open_spool(folder: Path) -> FileSpool:
    """Open a fresh spool in `folder`.

    Raises:
        DiskRefused: less than the reserve is free, or the disk says no.
    """
    try:
        _check_room(folder)
        return FileSpool(f"{folder}/in-{_OWN}-{os.getpid()}-{next(_NUMBERS)}")
    except OSError as error:
        raise DiskRefused(f"the archive's disk refused: {error.strerror}") from error


def _check_room(folder: Path) -> None:
    """Look at most twice a second: between two looks less comes in than the reserve holds."""
    now = time.monotonic()
    if now - _looked_at.get(folder, -LOOK_AT_DISK_SECONDS) < LOOK_AT_DISK_SECONDS:
        return
    if shutil.disk_usage(folder).free < RESERVE_BYTES:
        _looked_at.pop(folder, None)
        raise DiskRefused("the archive's disk is full")
    _looked_at[folder] = now


def sweep(folder: Path, *, older_than: datetime) -> int:
    """Remove the spools in `folder` that nobody wrote to since, left by a process that died."""
    removed = 0
    for path in folder.glob("in-*"):
        try:
            if path.stat().st_mtime < older_than.timestamp():
                path.unlink()
                removed += 1
        except OSError:  # its owner was faster, or the disk is away: the next start looks again
            continue
    return removed
