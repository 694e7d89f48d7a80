"""Files out in blocks; nothing is held whole."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

BLOCK_BYTES: Final = 256 * 1024
SMALL_BYTES: Final = 32 * 1024
AHEAD_BYTES: Final = 16 * 1024 * 1024


def blocks(file: BinaryIO, *, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    """Yield the file, or `length` bytes of it from `start`, and close it at the end."""
    left = size_of(file) - start if length is None else length
    with file:
        file.seek(start)
        while left > 0:
            block = file.read(min(BLOCK_BYTES, left))
            if not block:
                return
            left -= len(block)
            yield block


@contextlib.contextmanager
def closed_on_error(file: BinaryIO) -> Iterator[BinaryIO]:
    """Hand the file on open, to be closed by whoever reads it to its end, unless that fails."""
    with contextlib.ExitStack() as files:
        files.enter_context(file)
        yield file
        files.pop_all()


def fewer(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes with small chunks joined, large ones left as they are.

    Each chunk costs a server a hand-over between threads, however small it is.
    """
    waiting: list[bytes] = []
    length = 0
    for chunk in chunks:
        if len(chunk) >= SMALL_BYTES:
            if waiting:
                yield b"".join(waiting)
                waiting, length = [], 0
            yield chunk
            continue
        waiting.append(chunk)
        length += len(chunk)
        if length >= SMALL_BYTES:
            yield b"".join(waiting)
            waiting, length = [], 0
    if waiting:
        yield b"".join(waiting)


def size_of(file: BinaryIO) -> int:
    """Return the number of bytes in an open file."""
    here = file.tell()
    end = file.seek(0, os.SEEK_END)
    file.seek(here)
    return end


def want_soon(file: BinaryIO) -> None:
    """Have the disk read the beginning of a file while another one is sent; costs no memory here.

    Nothing happens where the file is not on a local disk.
    """
    with contextlib.suppress(OSError, io.UnsupportedOperation, AttributeError):
        os.posix_fadvise(file.fileno(), 0, AHEAD_BYTES, os.POSIX_FADV_WILLNEED)
