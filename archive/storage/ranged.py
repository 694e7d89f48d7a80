"""A file that is read in ranges from afar, with a few windows of it in memory."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import Final

SMALLEST_FETCH: Final = 256 * 1024
BIGGEST_FETCH: Final = 4 * 1024 * 1024
WINDOWS: Final = 4

Fetch = Callable[[int, int], bytes]
"""Takes an offset and a length, returns those bytes."""


class RangedReader(io.RawIOBase):
    """Reads any part of an object with few requests and at most 16 MiB in memory.

    Who reads on where the last window ended gets a window twice as long; who jumps gets a small
    one. So a header or a frame costs a request or two, and a whole object does not cost
    thousands.
    """

    def __init__(self, fetch: Fetch, *, size: int, head: bytes = b"") -> None:
        super().__init__()
        self._fetch = fetch
        self._size = size
        self._position = 0
        self._windows: list[tuple[int, bytes]] = [(0, head)] if head else []
        self._last_end = len(head)
        self._step = SMALLEST_FETCH

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a position; nothing is fetched."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("a position before the beginning")
        self._position = base + offset
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        """Return `size` bytes, fewer only at the end."""
        left = self._size - self._position
        wanted = max(left, 0) if size is None or size < 0 else max(min(size, left), 0)
        parts: list[bytes] = []
        while wanted > 0:
            part = self._some(wanted)
            parts.append(part)
            self._position += len(part)
            wanted -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readall(self) -> bytes:
        """Return everything from here to the end."""
        return self.read()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer."""
        content = self.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)

    def _some(self, wanted: int) -> bytes:
        """Return at least one and at most `wanted` bytes from the position on."""
        for start, content in self._windows:
            if start <= self._position < start + len(content):
                here = self._position - start
                return content[here : here + wanted]
        goes_on = self._position == self._last_end
        self._step = min(self._step * 2, BIGGEST_FETCH) if goes_on else SMALLEST_FETCH
        length = min(max(self._step, min(wanted, BIGGEST_FETCH)), self._size - self._position)
        content = self._fetch(self._position, length)
        if not content:
            raise EOFError("the object ends before its size")
        self._windows = [*self._windows[-(WINDOWS - 1) :], (self._position, content)]
        self._last_end = self._position + len(content)
        return content[:wanted]
