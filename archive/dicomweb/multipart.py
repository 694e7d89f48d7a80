"""Parts of multipart/related bodies, and how they are written (RFC 2387, PS3.18 8.6.1); pure."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from archive.dicomweb.media_type import MediaType, media_type


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part: its media type with parameters, where it can be had alone, and its bytes."""

    content_type: str
    chunks: Iterable[bytes]
    location: str = ""


@dataclass(frozen=True)
class PartHead:
    """The headers of a part that begins, names in lower case."""

    headers: dict[str, str]

    @property
    def type(self) -> MediaType:
        """What the part says it is."""
        return media_type(self.headers.get("content-type", ""))


@dataclass(frozen=True)
class PartBytes:
    """Some bytes of the part that began last."""

    data: bytes


@dataclass(frozen=True)
class PartEnd:
    """The part that began last is complete."""


def new_boundary() -> str:
    """Return a boundary that needs no quotes."""
    return f"hub{secrets.token_hex(12)}"


def content_type(part_type: str, boundary: str, transfer_syntax_uid: str = "") -> str:
    """Return the Content-Type of the whole body."""
    syntax = f"; transfer-syntax={transfer_syntax_uid}" if transfer_syntax_uid else ""
    return f'multipart/related; type="{part_type}"{syntax}; boundary={boundary}'


def body(parts: Iterable[Part], boundary: str) -> Iterator[bytes]:
    """Yield the body; nothing of a part is held longer than it takes to send."""
    for part in parts:
        location = f"Content-Location: {part.location}\r\n" if part.location else ""
        yield f"--{boundary}\r\nContent-Type: {part.content_type}\r\n{location}\r\n".encode()
        yield from part.chunks
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()
