"""A sink keeps what is small at hand, and loses no byte where the disk takes less."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from archive.storage.filesystem import FilesystemArea
from archive.storage.sink import HEAD_BYTES, HashedSink
from archive.storage.spools import DiskRefused, write_all


class Reluctant:
    """A file that takes three bytes at a time, and then nothing more where it is full."""

    def __init__(self, *, full_after: int | None = None) -> None:
        self.taken = bytearray()
        self._full_after = full_after

    def write(self, data: Any) -> int:
        """Take a little."""
        if self._full_after is not None and len(self.taken) >= self._full_after:
            raise OSError(28, "No space left on device")
        self.taken += bytes(data[:3])
        return min(3, len(data))


def test_a_disk_that_takes_less_gets_the_rest() -> None:
    """A short write is no error, and no end either."""
    file: Any = Reluctant()

    write_all(file, b"0123456789")

    assert bytes(file.taken) == b"0123456789"


def test_a_disk_that_is_full_in_the_middle_refuses() -> None:
    """Half of an object is never taken for all of it."""
    file: Any = Reluctant(full_after=6)

    with pytest.raises(DiskRefused):
        write_all(file, b"0123456789")


@pytest.mark.parametrize("size", [0, 1, HEAD_BYTES - 10, HEAD_BYTES - 9, 3 * HEAD_BYTES])
def test_size_head_and_digest_are_those_of_the_file(tmp_path: Path, size: int) -> None:
    """Whatever came in whatever pieces, after its header."""
    body = os.urandom(size)
    whole = b"header ten" + body
    sink = HashedSink(FilesystemArea(tmp_path).spool(), b"header ten")

    for start in range(0, size, 7000):
        sink.write(memoryview(body)[start : start + 7000])
    sink.finish()

    assert sink.spool.path.read_bytes() == whole
    assert (sink.size, sink.sha256()) == (len(whole), hashlib.sha256(whole).hexdigest())
    assert bytes(sink.head) == whole[:HEAD_BYTES]
    sink.discard()


def test_a_small_object_costs_one_write(tmp_path: Path) -> None:
    """Its pieces stay at hand until it is whole."""
    sink = HashedSink(FilesystemArea(tmp_path).spool(), b"header")

    for _ in range(20):
        sink.write(b"piece")

    assert sink.spool.path.stat().st_size == 0
    sink.finish()
    assert sink.spool.path.stat().st_size == 106
    sink.discard()


def test_room_is_looked_at_while_it_grows(tmp_path: Path) -> None:
    """An object of many gigabytes is stopped on its way."""
    asked: list[int] = []
    sink = HashedSink(FilesystemArea(tmp_path).spool(), check_room=asked.append)

    for _ in range(70):
        sink.write(bytes(1024 * 1024))

    assert asked == [64 * 1024 * 1024]
    sink.discard()
