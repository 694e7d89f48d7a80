"""What an MP4 file says of its video track (ISO/IEC 14496-12, 14496-15); pure.

Boxes are found by their lengths; nothing but the few small ones that are needed is read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from pacs_hub.kernel.errors import Malformed

MOST_BOXES: Final = 10_000
_SMALL: Final = 64 * 1024
_SAMPLE_ENTRY_BYTES: Final = 78
_HIGH_PROFILE: Final = 100
_H264: Final = frozenset({b"avc1", b"avc3"})


class BadVideo(Malformed):
    """Not a video we know, or a broken one."""

    code = "bad-video"


@dataclass(frozen=True, kw_only=True)
class Video:
    """The first video track. `profile` and `level` are those of H.264 (ISO/IEC 14496-10 A);
    `level` 41 is level 4.1; both 0 for other codings.
    """

    coding: str
    profile: int
    level: int
    rows: int
    columns: int
    frames: int
    seconds: float


@dataclass(frozen=True)
class _Box:
    kind: bytes
    start: int
    end: int


def video_of(file: BinaryIO) -> Video:
    """Read the first video track of an MP4 file.

    Raises:
        BadVideo: there is none, or the boxes do not add up.
    """
    size = file.seek(0, 2)
    try:
        movie = _one(file, _Box(b"", 0, size), b"moov")
        for track in _boxes(file, movie):
            if track.kind == b"trak" and (found := _video(file, track)) is not None:
                return found
    except (struct.error, IndexError, RecursionError, ZeroDivisionError) as error:
        raise BadVideo("the MP4 file is broken") from error
    raise BadVideo("the MP4 file has no video in it")


def transfer_syntax_of(video: Video) -> str:
    """Return the transfer syntax the video is in as it stands; "" where DICOM has none for it.

    PS3.5 8.2.7: H.264 High Profile up to level 4.1, and 4.2 for 2D video.
    """
    if video.coding.encode() not in _H264 or video.profile != _HIGH_PROFILE:
        return ""
    if video.level <= 41:
        return "1.2.840.10008.1.2.4.102"
    return "1.2.840.10008.1.2.4.104" if video.level == 42 else ""


def _boxes(file: BinaryIO, parent: _Box) -> Iterator[_Box]:
    """Yield the boxes within another, or of the file."""
    position = parent.start
    for _ in range(MOST_BOXES):
        if position + 8 > parent.end:
            return
        file.seek(position)
        length, kind = struct.unpack(">I4s", file.read(8))
        start = position + 8
        if length == 1:
            (length,) = struct.unpack(">Q", file.read(8))
            start += 8
        end = parent.end if length == 0 else position + length
        if end < start or end > parent.end:
            raise BadVideo("the MP4 file is cut off")
        yield _Box(kind, start, end)
        position = end


def _one(file: BinaryIO, parent: _Box, *path: bytes) -> _Box:
    for kind in path:
        found = next((box for box in _boxes(file, parent) if box.kind == kind), None)
        if found is None:
            raise BadVideo(f"the MP4 file has no {kind.decode('latin-1')} box")
        parent = found
    return parent


def _content(file: BinaryIO, box: _Box) -> bytes:
    file.seek(box.start)
    return file.read(min(box.end - box.start, _SMALL))


def _video(file: BinaryIO, track: _Box) -> Video | None:
    media = _one(file, track, b"mdia")
    if _content(file, _one(file, media, b"hdlr"))[8:12] != b"vide":
        return None
    header = _content(file, _one(file, media, b"mdhd"))
    scale, duration = struct.unpack_from(
        *((">IQ", header, 20) if header[0] else (">II", header, 12))
    )
    samples = _one(file, media, b"minf", b"stbl")
    description = _one(file, samples, b"stsd")
    (entry, *_) = _boxes(file, _Box(b"", description.start + 8, description.end))
    rows, columns = _size(file, entry)
    profile = level = 0
    if entry.kind in _H264:
        configuration = _one(file, _Box(b"", entry.start + _SAMPLE_ENTRY_BYTES, entry.end), b"avcC")
        record = _content(file, configuration)
        profile, level = record[1], record[3]
    return Video(
        coding=entry.kind.decode("latin-1"),
        profile=profile,
        level=level,
        rows=rows,
        columns=columns,
        frames=struct.unpack_from(">I", _content(file, _one(file, samples, b"stsz")), 8)[0],
        seconds=duration / scale,
    )


def _size(file: BinaryIO, entry: _Box) -> tuple[int, int]:
    columns, rows = struct.unpack_from(">HH", _content(file, entry), 24)
    return rows, columns
