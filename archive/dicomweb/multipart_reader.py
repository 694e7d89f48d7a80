"""multipart/related bodies read piece by piece, however they are cut (RFC 2046 5.1); pure.

Bytes of a part are never stripped: a part ends before the CRLF of the next delimiter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from archive.dicomweb.multipart import PartBytes, PartEnd, PartHead
from pacs_hub.kernel.errors import Malformed

HEADER_BYTES: Final = 16 * 1024
PADDING_BYTES: Final = 256
_CRLF: Final = b"\r\n"
_PADDING: Final = b" \t"
_BOUNDARY: Final = re.compile(r"[\x20-\x7e]{0,199}[\x21-\x7e]")


class BadMultipart(Malformed):
    """Not a multipart body, or one with headers beyond every measure."""

    code = "bad-multipart"


Event = PartHead | PartBytes | PartEnd


class MultipartReader:
    """Fed with bytes as they arrive; yields heads, bytes and ends of parts, in order.

    `is_complete` once the closing delimiter was seen; what follows it means nothing.
    """

    def __init__(self, boundary: str) -> None:
        """Begin a body.

        Raises:
            BadMultipart: that cannot be a boundary.
        """
        if not _BOUNDARY.fullmatch(boundary):
            raise BadMultipart("the multipart boundary is missing or not allowed")
        self._delimiter = _CRLF + b"--" + boundary.encode("ascii")
        self._buffer = bytearray(_CRLF)  # the first delimiter may stand at the very start
        self._skip = 0
        self._read = self._preamble
        self.is_complete = False

    def feed(self, data: bytes) -> Iterator[Event]:
        """Take more of the body.

        Raises:
            BadMultipart: the headers of a part are too long, or no headers.
        """
        self._buffer += data
        while not self.is_complete:
            before = len(self._buffer), self._read
            yield from self._read()
            if (len(self._buffer), self._read) == before:
                return
        self._buffer.clear()

    def _preamble(self) -> Iterator[Event]:
        self._until_delimiter()
        yield from ()

    def _headers(self) -> Iterator[Event]:
        end = self._buffer.find(2 * _CRLF)
        if max(end, len(self._buffer) if end < 0 else 0) > HEADER_BYTES:
            raise BadMultipart("the headers of a part are too long")
        if end < 0:
            return
        head = _head(bytes(self._buffer[:end]))
        # The CRLF of the blank line stays: it may be that of a delimiter, then the part is empty.
        del self._buffer[: end + len(_CRLF)]
        self._skip = len(_CRLF)
        self._read = self._data
        yield head

    def _data(self) -> Iterator[Event]:
        content, ended = self._until_delimiter()
        skipped = min(self._skip, len(content))
        self._skip -= skipped
        if content := content[skipped:]:
            yield PartBytes(content)
        if ended:
            yield PartEnd()

    def _until_delimiter(self) -> tuple[bytes, bool]:
        """Take out what surely lies before the next delimiter; say whether that was passed."""
        place = 0
        while (place := self._buffer.find(self._delimiter, place)) >= 0:
            after = self._after_delimiter(place + len(self._delimiter))
            if after is None:  # what follows decides, and is not here yet
                return self._take(place), False
            if after:
                content = self._take(place)
                del self._buffer[: after - place]
                return content, True
            place += 1
        return self._take(max(0, len(self._buffer) - len(self._delimiter) + 1)), False

    def _after_delimiter(self, start: int) -> int | None:
        """Return where to go on after a delimiter; None: not known yet, 0: it is none."""
        rest = bytes(self._buffer[start : start + PADDING_BYTES + 2])
        if rest.startswith(b"--"):
            self.is_complete = True
            return start + 2
        padding = len(rest) - len(rest.lstrip(_PADDING))
        ending = rest[padding : padding + 2]
        if ending == _CRLF:  # it stays: it may already begin the blank line
            self._read = self._headers
            return start + padding
        is_open = rest == b"-" or (padding < PADDING_BYTES and ending in {b"", b"\r"})
        return None if is_open else 0

    def _take(self, length: int) -> bytes:
        content = bytes(self._buffer[:length])
        del self._buffer[:length]
        return content


def _head(text: bytes) -> PartHead:
    headers: dict[str, str] = {}
    for line in re.sub(rb"\r\n[ \t]+", b" ", text).decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if line and not colon:
            raise BadMultipart("a part has a header line that is none")
        if line:
            headers[name.strip().lower()] = value.strip()
    return PartHead(headers)
