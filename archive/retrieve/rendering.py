"""Frames as pictures for the screen (PS3.18 10.4.1.1.3, PS3.3 C.11)."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import numpy as np
import pydicom
from PIL import Image
from pydicom import Dataset
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi

from archive.retrieve.decoding import Pixels, decoded
from archive.retrieve.pixels import NoPixelData, NoSuchFrame

PICTURE_FORMATS: Final = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF"}
THUMBNAIL_SIDE: Final = 128


@dataclass(frozen=True, kw_only=True)
class Window:
    """Centre, width and function of the greyscale window (PS3.3 C.11.2.1)."""

    center: float
    width: float
    function: str = "linear"


@dataclass(frozen=True, kw_only=True)
class Viewport:
    """The size to fit into, and the part of the picture to show; zero means all of it."""

    width: int
    height: int
    x: float = 0
    y: float = 0
    part_width: float = 0
    part_height: float = 0


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """How a frame is to look."""

    media_type: str = "image/jpeg"
    quality: int = 90
    window: Window | None = None
    viewport: Viewport | None = None


def rendered(file: BinaryIO, number: int, rendering: Rendering) -> bytes:
    """Return frame `number` (from 1) of an open Part 10 file as a picture.

    Raises:
        NoPixelData, NoSuchFrame: there is no such frame.
        CannotDecode: there is no decoder for it.
    """
    file.seek(0)
    header = pydicom.dcmread(file, stop_before_pixels=True)
    if not header.get("Rows"):
        raise NoPixelData("the object is not an image")
    count = int(header.get("NumberOfFrames") or 1)
    if not 1 <= number <= count:
        raise NoSuchFrame(f"the instance has frames 1 to {count}")
    pixels = decoded(file, number, raw=False)
    image = Image.fromarray(_on_screen(pixels, header, number, rendering.window))
    if rendering.viewport is not None:
        image = _fitted(image, rendering.viewport)
    out = io.BytesIO()
    options = {"quality": rendering.quality} if rendering.media_type == "image/jpeg" else {}
    if rendering.media_type == "image/png":
        options = {"compress_level": 1}
    image.save(out, PICTURE_FORMATS[rendering.media_type], **options)
    return out.getvalue()


def _on_screen(pixels: Pixels, header: Dataset, number: int, window: Window | None) -> Pixels:
    """Return 8-bit grey or RGB."""
    photometric = str(header.get("PhotometricInterpretation", "MONOCHROME2"))
    if photometric == "PALETTE COLOR":
        pixels = apply_color_lut(pixels, header)
    if pixels.ndim == 3:
        return pixels if pixels.dtype == np.uint8 else _stretched(pixels)
    values = _modality_values(pixels, header, number)
    grey = _windowed(values, window) if window is not None else _voi(values, header, number)
    inverse = photometric == "MONOCHROME1" or header.get("PresentationLUTShape") == "INVERSE"
    return 255 - grey if inverse else grey


def _modality_values(pixels: Pixels, header: Dataset, number: int) -> Pixels:
    group = _functional_group(header, number, "PixelValueTransformationSequence")
    return apply_modality_lut(pixels, group if group is not None else header)


def _voi(values: Pixels, header: Dataset, number: int) -> Pixels:
    """Apply the object's own VOI transform, else show the whole range."""
    group = _functional_group(header, number, "FrameVOILUTSequence")
    source = group if group is not None else header
    if source.get("WindowCenter") is not None and source.get("WindowWidth") is not None:
        center, width = _first(source.WindowCenter), _first(source.WindowWidth)
        function = str(source.get("VOILUTFunction") or "LINEAR").lower().replace("_", "-")
        if width > 0:
            return _windowed(values, Window(center=center, width=width, function=function))
    if source.get("VOILUTSequence"):
        return _stretched(apply_voi(values.astype(np.int64), source))
    return _stretched(values)


def _functional_group(header: Dataset, number: int, keyword: str) -> Dataset | None:
    """Return the macro of a frame: its own, else the shared one (PS3.3 C.7.6.16)."""
    own = header.get("PerFrameFunctionalGroupsSequence") or []
    for group in (*own[number - 1 : number], *(header.get("SharedFunctionalGroupsSequence") or [])):
        if group.get(keyword):
            item: Dataset = group[keyword].value[0]
            return item
    return None


def _first(value: Any) -> float:
    return float(value[0]) if isinstance(value, pydicom.multival.MultiValue) else float(value)


def _windowed(values: Pixels, window: Window) -> Pixels:
    """Apply a window function (PS3.3 C.11.2.1.2, C.11.2.1.3)."""
    x = values.astype(np.float32)
    if window.function == "sigmoid":
        level = 1 / (1 + np.exp(-4 * (x - window.center) / window.width))
    elif window.function == "linear-exact":
        level = (x - window.center) / window.width + 0.5
    else:
        level = (x - (window.center - 0.5)) / max(window.width - 1, 1e-6) + 0.5
    return np.asarray(np.clip(level, 0, 1) * 255 + 0.5, dtype=np.uint8)


def _stretched(values: Pixels) -> Pixels:
    x = values.astype(np.float32)
    low, high = float(x.min()), float(x.max())
    if high <= low:
        return np.zeros(values.shape, dtype=np.uint8)
    return np.asarray((x - low) * (255 / (high - low)), dtype=np.uint8)


def _fitted(image: Image.Image, viewport: Viewport) -> Image.Image:
    """Cut the part out and scale it to fit, its proportions kept (PS3.18 8.3.5.1.3)."""
    width = viewport.part_width or image.width - viewport.x
    height = viewport.part_height or image.height - viewport.y
    box = (viewport.x, viewport.y, viewport.x + width, viewport.y + height)
    scale = min(viewport.width / width, viewport.height / height)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    whole = (0, 0, image.width, image.height)
    part = image if box == whole else image.crop(tuple(round(edge) for edge in box))  # type: ignore[arg-type]
    return part.resize(size, Image.Resampling.BILINEAR)
