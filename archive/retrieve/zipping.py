"""Objects as one ZIP archive, written while it is sent."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any, Final

# Pixel data hardly shrinks, and a reading room waits: stored, not deflated.
METHOD: Final = zipfile.ZIP_STORED
EARLIEST: Final = (1980, 1, 1, 0, 0, 0)


class _Outlet(io.RawIOBase):
    """Takes what the archive writes until it is fetched; it cannot be gone back in."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self._waiting.append(bytes(content))
        return len(content)

    def taken(self) -> bytes:
        found = b"".join(self._waiting)
        self._waiting.clear()
        return found


def zipped(entries: Iterable[tuple[str, Iterator[bytes]]]) -> Iterator[bytes]:
    """Yield the archive of these names and contents; no content is held whole."""
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", METHOD) as archive:
        for name, chunks in entries:
            with archive.open(zipfile.ZipInfo(name, EARLIEST), "w", force_zip64=True) as entry:
                for chunk in chunks:
                    entry.write(chunk)
                    yield outlet.taken()
    yield outlet.taken()
