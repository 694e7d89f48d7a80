"""Bulk data of STOW-RS as pixel data (PS3.18 10.5.1, tables 8.7.3-2 to 8.7.3-5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from pydicom import Dataset

from archive.dicom.codestreams import NotACodestream, codestream_of, jpeg_2000_start
from archive.dicom.mp4 import transfer_syntax_of, video_of
from archive.dicom.part10_writer import EXPLICIT_LITTLE_ENDIAN, Bytes, LongValue
from archive.dicom.pixel_macro import add_codestream, add_samples, add_video
from archive.dicomweb.stow_body import PIECE_BYTES, ReceivedPart
from archive.documents.pictures import Picture, decode
from pacs_hub.kernel.errors import Malformed

HEAD_BYTES: Final = 256 * 1024
NATIVE: Final = frozenset({"", EXPLICIT_LITTLE_ENDIAN, "1.2.840.10008.1.2"})
OCTETS: Final = frozenset({"application/octet-stream", ""})
DECODED: Final = frozenset({"image/png", "image/gif", "image/bmp"})
BOXED: Final = frozenset({"image/jp2", "image/jpx", "image/jphc"})
KEPT: Final = BOXED | {
    "image/jpeg",
    "image/jls",
    "image/jxl",
    "image/dicom-rle",
    "video/mp4",
    "video/mpeg",
    "video/mpeg2",
    "video/h265",
}
_BY_TYPE: Final = {
    "image/dicom-rle": "1.2.840.10008.1.2.5",
    "video/mpeg": "1.2.840.10008.1.2.4.101",
    "video/mpeg2": "1.2.840.10008.1.2.4.101",
}


class UnknownPixels(Malformed):
    """Pixel data of a media type, or in a transfer syntax, that is not taken."""

    code = "unsupported-pixel-data"


def pixel_value(parts: Sequence[ReceivedPart], vr: str, dataset: Dataset) -> tuple[str, LongValue]:
    """Return transfer syntax and value; what the pixels tell and the dataset does not is added.

    Several parts under one location are the frames, in order.

    Raises:
        UnknownPixels, NotACodestream, BadPicture, PictureTooLarge, BadVideo: it cannot be taken.
    """
    kind = parts[0].type.name
    named = parts[0].type.parameters.get("transfer-syntax", "")
    if kind in DECODED:
        return EXPLICIT_LITTLE_ENDIAN, _decoded(parts, dataset)
    if kind in OCTETS and named in NATIVE:
        return EXPLICIT_LITTLE_ENDIAN, LongValue(
            vr=vr if vr in {"OB", "OW"} else "OW", pieces=[of_part(part) for part in parts]
        )
    if kind not in KEPT | OCTETS or named == "1.2.840.10008.1.2.2" or "1.99" in named:
        raise UnknownPixels("pixel data of this media type is not taken")
    syntax = named or _BY_TYPE.get(kind, "") or _told_by(parts[0], kind, dataset)
    pieces = [_without_boxes(part) if kind in BOXED else of_part(part) for part in parts]
    if len(parts) > 1 and "NumberOfFrames" not in dataset:
        dataset.NumberOfFrames = len(parts)
    return syntax, LongValue(vr="OB", pieces=pieces, is_encapsulated=True)


def of_part(part: ReceivedPart, start: int = 0) -> Bytes:
    """Return the bytes of a part from `start` on, read when they are written."""
    assert part.sink is not None
    return Bytes(part.sink.size - start, _chunks(part.sink.spool.path, start))


def _chunks(path: Path, start: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while chunk := file.read(PIECE_BYTES):
            yield chunk


def _told_by(part: ReceivedPart, kind: str, dataset: Dataset) -> str:
    """Return the syntax the compressed bytes are in; they also tell the size of the picture."""
    assert part.sink is not None
    with part.sink.spool.path.open("rb") as file:
        if kind.startswith("video/"):
            video = video_of(file)
            syntax = transfer_syntax_of(video)
            if not syntax:
                raise UnknownPixels("the video's profile or level has no transfer syntax")
            add_video(dataset, video)
            return syntax
        head = file.read(HEAD_BYTES)
    found = codestream_of(head)
    add_codestream(dataset, found)
    return found.transfer_syntax_uid


def _without_boxes(part: ReceivedPart) -> Bytes:
    assert part.sink is not None
    with part.sink.spool.path.open("rb") as file:
        return of_part(part, jpeg_2000_start(file.read(HEAD_BYTES)))


def _decoded(parts: Sequence[ReceivedPart], dataset: Dataset) -> LongValue:
    """Decode PNG and GIF: losslessly, without their alpha channel."""
    pictures: list[Picture] = []
    for part in parts:
        assert part.sink is not None
        with part.sink.spool.path.open("rb") as file:
            pictures.append(decode(file))
    first = pictures[0]
    for keyword, value in (
        ("Rows", first.rows),
        ("Columns", first.columns),
        ("SamplesPerPixel", first.samples),
        ("PhotometricInterpretation", "MONOCHROME2" if first.samples == 1 else "RGB"),
        ("BitsAllocated", first.bits),
        ("BitsStored", first.bits),
        ("HighBit", first.bits - 1),
        ("PixelRepresentation", 0),
    ):
        setattr(dataset, keyword, value)
    frames = [frame for picture in pictures for frame in picture.frames]
    if len({(p.rows, p.columns, p.samples, p.bits) for p in pictures}) > 1:
        raise NotACodestream("the frames are not of one size and kind")
    if len(frames) > 1:
        dataset.NumberOfFrames = len(frames)
    add_samples(dataset, samples=first.samples, bits=first.bits)
    vr = "OW" if first.bits == 16 else "OB"
    return LongValue(vr=vr, pieces=[Bytes(len(frame), [frame]) for frame in frames])
