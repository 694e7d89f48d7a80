"""The body of a STOW-RS request, straight into spools as it arrives (PS3.18 10.5.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, UnreadablePostError

from archive.dicom.part10 import Truncated
from archive.dicomweb.media_type import MediaType
from archive.dicomweb.multipart import PartBytes, PartHead
from archive.dicomweb.multipart_reader import BadMultipart, MultipartReader
from archive.dicomweb.negotiation import DICOM
from archive.storage.sink import HashedSink
from pacs_hub.kernel.errors import HubError, Malformed, Unavailable

PIECE_BYTES: Final = 256 * 1024
MOST_PARTS: Final = 20_000

OpenSink = Callable[[], HashedSink]


class TooManyParts(Malformed):
    """The body has more parts than are taken in one request."""

    code = "too-many-parts"


@dataclass(frozen=True, kw_only=True)
class ReceivedPart:
    """One part in its spool; `error` says why it is not complete, then `sink` holds nothing."""

    type: MediaType
    location: str = ""
    sink: HashedSink | None = None
    error: HubError | None = None


def pieces(request: HttpRequest) -> Iterator[bytes]:
    """Yield the body as it arrives; a caller that goes away ends it early.

    A body in chunks (RFC 9112 7.1) has no length, and Django would take it for empty.
    """
    stream: Any = request
    if not request.META.get("CONTENT_LENGTH"):
        stream = request.META["wsgi.input"]
    try:
        while piece := stream.read(PIECE_BYTES):
            yield piece
    except (UnreadablePostError, OSError):
        return


def lone_part(chunks: Iterable[bytes], *, kind: MediaType, open_sink: OpenSink) -> ReceivedPart:
    """Return a body that is one object and no multipart."""
    part = _Incoming(kind, "", open_sink)
    for chunk in chunks:
        part.write(chunk)
    return part.received(None)


def parts(
    chunks: Iterable[bytes], *, boundary: str, default: MediaType, open_sink: OpenSink
) -> Iterator[ReceivedPart]:
    """Yield the parts of a multipart body, each when its last byte is there.

    What cannot be read any further is told as one last part with an error.

    Raises:
        BadMultipart: there is no boundary.
    """
    reader = MultipartReader(boundary)
    part: _Incoming | None = None
    count = 0
    try:
        for chunk in chunks:
            for event in reader.feed(chunk):
                if isinstance(event, PartHead):
                    count += 1
                    if count > MOST_PARTS:
                        raise TooManyParts(f"at most {MOST_PARTS} parts are taken at once")
                    part = _Incoming(
                        event.type, event.headers.get("content-location", ""), open_sink
                    )
                    if count == 1 or default.name == DICOM:
                        part.use_default(default)
                elif part is not None and isinstance(event, PartBytes):
                    part.write(event.data)
                elif part is not None:
                    complete, part = part, None
                    yield complete.received(None)
    except (BadMultipart, TooManyParts) as error:
        yield (part or _Incoming(default, "", open_sink)).received(error)
        return
    finally:
        if part is not None:
            part.discard()
    if not reader.is_complete:
        cut = Truncated("the body ends before its last boundary")
        yield (part or _Incoming(default, "", open_sink)).received(cut)


class _Incoming:
    """A part while it arrives. Where the disk refuses, its other bytes are passed over."""

    def __init__(self, kind: MediaType, location: str, open_sink: OpenSink) -> None:
        self._kind, self._location, self._open_sink = kind, location, open_sink
        self._sink: HashedSink | None = None
        self._error: HubError | None = None

    def use_default(self, kind: MediaType) -> None:
        """Let a part that does not say what it is be what the whole body is said to hold."""
        if not self._kind.name:
            self._kind = kind

    def write(self, data: bytes) -> None:
        """Append to the spool, which is opened with the first byte."""
        if self._error is not None:
            return
        try:
            if self._sink is None:
                self._sink = self._open_sink()
            self._sink.write(data)
        except Unavailable as error:
            self._error = error
            self.discard()

    def discard(self) -> None:
        """Forget the bytes."""
        if self._sink is not None:
            self._sink.discard()
            self._sink = None

    def received(self, error: HubError | None) -> ReceivedPart:
        """Return it as it is now; an error takes its bytes away."""
        try:
            if self._sink is not None:
                self._sink.finish()
        except Unavailable as refused:
            error = error or refused
        error = error or self._error
        if error is None and self._sink is None:
            error = Malformed("the part is empty", code="empty-part")
        if error is not None:
            self.discard()
        return ReceivedPart(type=self._kind, location=self._location, sink=self._sink, error=error)
