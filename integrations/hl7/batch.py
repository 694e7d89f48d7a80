"""Batches: many messages in one file or frame (HL7 v2.5.1 2.10.3, 2.15.2 to 2.15.4, 2.15.10). Pure.

A batch is FHS? (BHS? message* BTS?)* FTS?. Senders leave out any of the envelopes, and some put
messages one after another without any; all of it is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

ENVELOPES: Final = (b"FHS", b"BHS", b"BTS", b"FTS")
_BREAK: Final = re.compile(rb"\r\n|\r|\n")
_BLANK: Final = b"\xef\xbb\xbf \t\r\n"


@dataclass(frozen=True)
class Part:
    """What comes next in a batch: one message, or a segment of an envelope."""

    kind: str  # "message", or the name of the segment: "FHS" "BHS" "BTS" "FTS"
    content: bytes
    truncated: bool = False


def is_batch(raw: bytes) -> bool:
    """Say whether a frame holds a batch, or messages one after another, rather than one."""
    mark = raw[:64].lstrip(_BLANK)[:4]
    return mark[:3] in ENVELOPES[:2] or (
        mark[:3] == b"MSH" and any(end + mark in raw for end in (b"\r", b"\n"))
    )


def parts(chunks: Iterable[bytes], *, most_bytes: int) -> Iterator[Part]:
    """Return what a batch holds, in order, each message byte for byte as it was sent.

    Memory is bounded by `most_bytes` a message; of a longer one the head comes, `truncated`.
    What stands outside every message, and is no envelope, comes as a message of its own: it is
    nobody's, and somebody has to see it.
    """
    held = bytearray()
    truncated = False
    for line in _lines(chunks, most_bytes=most_bytes):
        name = line.lstrip(_BLANK)[:3]
        if name in ENVELOPES or name == b"MSH":
            if held.strip(_BLANK):
                yield Part("message", bytes(held), truncated)
            held, truncated = bytearray(), False
        if name in ENVELOPES:
            yield Part(name.decode(), line.strip(_BLANK))
        else:
            held += line[: max(most_bytes - len(held), 0)]
            truncated = truncated or len(held) >= most_bytes
    if held.strip(_BLANK):
        yield Part("message", bytes(held), truncated)


def _lines(chunks: Iterable[bytes], *, most_bytes: int) -> Iterator[bytes]:
    """Return the lines of a stream with their ends; of one longer than a message, its head."""
    pieces: list[bytes] = []
    size = 0
    for chunk in chunks:
        start = 0
        for found in _BREAK.finditer(chunk):
            yield b"".join([*pieces, chunk[start : found.end()]])
            pieces, size, start = [], 0, found.end()
        if start < len(chunk) and size <= most_bytes:
            pieces.append(chunk[start:])
            size += len(chunk) - start
    if pieces:
        yield b"".join(pieces)


def announced(trailer: bytes) -> int | None:
    """Return how many messages a BTS says its batch has; None where it does not say."""
    fields = trailer.split(trailer[3:4]) if len(trailer) > 3 else []
    text = fields[1].strip() if len(fields) > 1 else b""
    return int(text) if text.isdigit() else None


class Reply:
    """The batch of acknowledgements that answers a batch, in its separators.

    Each part of the answer goes to `write` as soon as it is known.
    """

    def __init__(self, write: Callable[[bytes], object], *, control_id: str, now: datetime) -> None:
        self._write = write
        self._control_id = control_id
        self._now = now
        self._mark = b"|"
        self._batch_open = self._file_open = False
        self._answers = self._messages = self._batches = 0
        self._remark = b""

    def open(self, part: Part) -> None:
        """Answer the first segment of an envelope with one of our own."""
        self._mark = part.content[3:4] or b"|"
        if part.kind == "BHS":
            self._close_batch()
            self._batch_open = True
        else:
            self._file_open = True
        self._write(self._header(part))

    def add(self, answer: bytes | None) -> None:
        """Take the acknowledgement of the next message, None where it wants none."""
        self._messages += 1
        if answer is not None:
            self._write(answer)
            self._answers += 1

    def close(self, part: Part) -> None:
        """Take a trailer; a batch that has not as many messages as it says is remarked on."""
        if part.kind == "BTS":
            said = announced(part.content)
            if said is not None and said != self._messages:
                remark = f"{said} messages were announced and {self._messages} came"
                self._remark = self._mark + remark.encode()
            self._close_batch()

    def end(self) -> None:
        """Close what is still open."""
        self._close_batch()
        if self._file_open:
            self._write(b"FTS" + self._mark + b"%d\r" % self._batches)
            self._file_open = False

    def _close_batch(self) -> None:
        if self._batch_open:
            count = b"%d" % self._answers
            self._write(b"BTS" + self._mark + count + self._remark + b"\r")
            self._batches += 1
        self._batch_open = False
        self._answers = self._messages = 0
        self._remark = b""

    def _header(self, part: Part) -> bytes:
        """Write our FHS or BHS: sender and receiver change places, and field 12 answers 11."""
        theirs = part.content.split(self._mark)
        name, marks, application, facility, ours, our_facility, *rest = [*theirs, *[b""] * 11][:11]
        now = self._now.strftime("%Y%m%d%H%M%S%z").encode()
        fields = [name, marks, ours, our_facility, application, facility, now, b"", b"", b""]
        return self._mark.join([*fields, self._control_id.encode(), rest[-1].strip()]) + b"\r"
