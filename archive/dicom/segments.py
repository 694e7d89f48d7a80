"""Bytes of a new file, partly still in an old one: written down first, read at the end; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np

BLOCK_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Piece:
    """`length` bytes of an open file from `start` on; each word of `word` bytes turned round."""

    file: BinaryIO
    start: int
    length: int
    word: int = 1


Segment = bytes | Piece


def length_of(segments: Iterable[Segment]) -> int:
    """Return how many bytes the segments are."""
    return sum(len(s) if isinstance(s, bytes) else s.length for s in segments)


def joined(segments: Iterable[Segment]) -> list[Segment]:
    """Return the same bytes in fewer segments."""
    out: list[Segment] = []
    for segment in segments:
        last = out[-1] if out else b""
        if isinstance(segment, bytes) and isinstance(last, bytes) and out:
            out[-1] = last + segment
        elif (
            isinstance(segment, Piece)
            and isinstance(last, Piece)
            and (segment.file, segment.word) == (last.file, last.word)
            and segment.word == 1
            and segment.start == last.start + last.length
        ):
            out[-1] = Piece(last.file, last.start, last.length + segment.length)
        else:
            out.append(segment)
    return out


def read(segments: Sequence[Segment]) -> Iterator[bytes]:
    """Yield the bytes in blocks; of a file that ends too early, what is there.

    Small segments come together in one block, so that nothing is sent in crumbs.
    """
    waiting = bytearray()
    for segment in segments:
        for block in [segment] if isinstance(segment, bytes) else _blocks(segment):
            if not waiting and len(block) >= BLOCK_BYTES:
                yield block
                continue
            waiting += block
            if len(waiting) >= BLOCK_BYTES:
                yield bytes(waiting)
                waiting.clear()
    if waiting:
        yield bytes(waiting)


def _blocks(piece: Piece) -> Iterator[bytes]:
    position, left = piece.start, piece.length
    while left > 0:
        piece.file.seek(position)
        block = piece.file.read(min(BLOCK_BYTES, left))
        if not block:
            return
        position, left = position + len(block), left - len(block)
        yield block if piece.word == 1 else _turned(block, piece.word)


def _turned(block: bytes, word: int) -> bytes:
    whole = len(block) // word * word
    words = np.frombuffer(block[:whole], dtype=f"u{word}")
    return words.byteswap().tobytes() + block[whole:]
