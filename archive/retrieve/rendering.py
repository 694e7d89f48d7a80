"""Frames as pictures and loops for the screen (PS3.18 10.4.1.1.3)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import pydicom
from PIL import Image
from pydicom import Dataset

from archive.retrieve.decoding import decoded
from archive.retrieve.display import Window, on_screen
from archive.retrieve.pixels import NoPixelData, NoSuchFrame
from pacs_hub.kernel.errors import Malformed

PICTURE_FORMATS: Final = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF"}
THUMBNAIL_SIDE: Final = 128
MOST_LOOP_PIXELS: Final = 64 * 1024 * 1024  # a loop is made in memory, a byte or three for each
MOST_LOOP_FRAMES: Final = 1000  # each takes time to decode, however small it is shown


class BadViewport(Malformed):
    """The part to show does not lie within the picture."""

    code = "bad-viewport"


@dataclass(frozen=True, kw_only=True)
class Viewport:
    """The size to fit into, and the part of the picture to show; zero means all of it.

    A part of negative width or height is shown turned round (PS3.18 8.3.5.1.3).
    """

    width: int
    height: int
    x: float = 0
    y: float = 0
    part_width: float = 0
    part_height: float = 0


@dataclass(frozen=True, kw_only=True)
class Region:
    """The part to show by its corners, each from 0 to 1 of the picture (PS3.18 9.1.2.2.5)."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """How a frame is to look."""

    media_type: str = "image/jpeg"
    quality: int = 90
    window: Window | None = None
    viewport: Viewport | None = None
    region: Region | None = None


def rendered(file: BinaryIO, number: int, rendering: Rendering) -> bytes:
    """Return frame `number` (from 1) of an open Part 10 file as a picture.

    Raises:
        NoPixelData, NoSuchFrame: there is no such frame.
        CannotDecode: there is no decoder for it.
        BadViewport: the part to show lies outside the picture.
    """
    image = _image(file, _header(file), number, rendering)
    out = io.BytesIO()
    options: dict[str, Any] = {}
    if rendering.media_type == "image/jpeg":
        options = {"quality": rendering.quality}
    elif rendering.media_type == "image/png":
        options = {"compress_level": 1}
    image.save(out, PICTURE_FORMATS[rendering.media_type], **options)
    return out.getvalue()


def loop(file: BinaryIO, numbers: Sequence[int], rendering: Rendering) -> tuple[bytes, int]:
    """Return frames as an animated GIF, and how many of them fitted in.

    Raises:
        NoPixelData, NoSuchFrame: there is no such frame.
        CannotDecode: there is no decoder for it.
        BadViewport: the part to show lies outside the picture.
    """
    header = _header(file)
    first = _image(file, header, numbers[0], rendering)
    fitting = max(MOST_LOOP_PIXELS // (first.width * first.height), 1)
    fitting = min(fitting, MOST_LOOP_FRAMES)
    rest = (_image(file, header, number, rendering) for number in numbers[1:fitting])
    out = io.BytesIO()
    first.save(
        out, "GIF", save_all=True, append_images=rest, duration=_milliseconds(header), loop=0
    )
    return out.getvalue(), min(len(numbers), fitting)


def _header(file: BinaryIO) -> Dataset:
    file.seek(0)
    header = pydicom.dcmread(file, stop_before_pixels=True)
    if not header.get("Rows"):
        raise NoPixelData("the object is not an image")
    return header


def _image(file: BinaryIO, header: Dataset, number: int, rendering: Rendering) -> Image.Image:
    try:
        count = max(int(header.get("NumberOfFrames") or 1), 1)
    except (TypeError, ValueError):
        count = 1
    if not 1 <= number <= count:
        raise NoSuchFrame(f"the instance has frames 1 to {count}")
    pixels = decoded(file, number, raw=False)
    image = Image.fromarray(on_screen(pixels, header, number, rendering.window))
    if rendering.region is not None:
        image = _part(image, rendering.region)
    return image if rendering.viewport is None else _fitted(image, rendering.viewport)


def _milliseconds(header: Dataset) -> int:
    """Return how long a frame is shown (PS3.3 C.7.6.5); a tenth of a second where nothing says."""
    for keyword, per_second in (
        ("FrameTime", False),
        ("RecommendedDisplayFrameRate", True),
        ("CineRate", True),
    ):
        try:
            value = float(header.get(keyword) or 0)
        except (TypeError, ValueError):
            continue
        if value > 0:
            return round(min(max(1000 / value if per_second else value, 20), 5000))
    return 100


def _part(image: Image.Image, region: Region) -> Image.Image:
    left, top = round(region.left * image.width), round(region.top * image.height)
    right, bottom = round(region.right * image.width), round(region.bottom * image.height)
    return image.crop((left, top, max(right, left + 1), max(bottom, top + 1)))


def _fitted(image: Image.Image, viewport: Viewport) -> Image.Image:
    """Cut the part out and scale it to fit, its proportions kept (PS3.18 8.3.5.1.3)."""
    width = abs(viewport.part_width) or image.width - viewport.x
    height = abs(viewport.part_height) or image.height - viewport.y
    box = (viewport.x, viewport.y, viewport.x + width, viewport.y + height)
    if min(width, height) < 1 or min(box) < 0 or box[2] > image.width or box[3] > image.height:
        raise BadViewport("the part to show lies outside the picture", field="viewport")
    scale = min(viewport.width / width, viewport.height / height)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    whole = (0, 0, image.width, image.height)
    part = image if box == whole else image.crop(tuple(round(edge) for edge in box))  # type: ignore[arg-type]
    if viewport.part_width < 0:
        part = part.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if viewport.part_height < 0:
        part = part.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    return part.resize(size, Image.Resampling.BILINEAR)
