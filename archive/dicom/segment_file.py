"""Segments read like an open file: what is made on the way out can be looked at again; pure."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import BinaryIO, cast

from archive.dicom.segments import Piece, Segment, length_of, read


class _SegmentFile(io.RawIOBase):
    """A seekable file over segments; holds no more of them than what is read at once."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments
        sizes = [length_of([segment]) for segment in segments]
        self._starts = [0, *accumulate(sizes)]
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._starts[-1]}
        self._position = max(base[whence] + offset, 0)
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        end = self._starts[-1]
        stop = end if size is None or size < 0 else min(self._position + size, end)
        first = self._some(stop - self._position) if self._position < stop else b""
        self._position += len(first)
        if self._position >= stop or not first:
            return first  # almost always: no copy is made of a block of pixels
        out = bytearray(first)
        while self._position < stop:
            block = self._some(stop - self._position)
            if not block:
                break
            out += block
            self._position += len(block)
        return bytes(out)

    def _some(self, size: int) -> bytes:
        """Return up to `size` bytes of the segment at the position."""
        number = bisect_right(self._starts, self._position) - 1
        segment, offset = self._segments[number], self._position - self._starts[number]
        if isinstance(segment, bytes):
            return segment[offset : offset + size]
        size = min(size, segment.length - offset)
        early = offset % segment.word  # words are turned as wholes
        late = min(offset + size + -(offset + size) % segment.word, segment.length)
        start = offset - early
        part = Piece(segment.file, segment.start + start, late - start, segment.word)
        return b"".join(read([part]))[early : early + size]


def open_segments(segments: Sequence[Segment]) -> BinaryIO:
    """Return the segments as a file; empty ones are left out."""
    return cast(BinaryIO, _SegmentFile([s for s in segments if length_of([s])]))
