"""Stored values to the greys and colours of a screen (PS3.3 C.7.6.3, C.11); pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from pydicom import Dataset
from pydicom.multival import MultiValue
from pydicom.uid import ExplicitVRBigEndian

from archive.retrieve.decoding import Pixels
from archive.retrieve.lookup import in_colour, lookup_of
from archive.retrieve.transcoding import CannotDecode

_FAILURES: Final = (
    AttributeError,
    IndexError,
    KeyError,
    NotImplementedError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, kw_only=True)
class Window:
    """Centre, width and function of the greyscale window (PS3.3 C.11.2.1)."""

    center: float
    width: float
    function: str = "linear"


def on_screen(pixels: Pixels, header: Dataset, number: int, window: Window | None) -> Pixels:
    """Return frame `number` as 8-bit grey or RGB; `window` goes before what the object says.

    Raises:
        CannotDecode: the header's tables make no sense.
    """
    photometric = str(header.get("PhotometricInterpretation", "MONOCHROME2"))
    big_endian = _syntax(header) == ExplicitVRBigEndian
    try:
        if photometric == "PALETTE COLOR" and pixels.ndim == 2:
            return in_colour(pixels, header, big_endian=big_endian)
        if pixels.ndim == 3:
            return _colour(pixels, photometric, int(header.get("BitsStored") or 8))
        grey = _grey(pixels, header, number, window, big_endian)
    except _FAILURES as error:
        raise CannotDecode("this object's display tables make no sense") from error
    inverse = photometric == "MONOCHROME1" or header.get("PresentationLUTShape") == "INVERSE"
    grey = 255 - grey if inverse else grey
    padding = _padding(pixels, header)
    if padding is not None:
        grey[padding] = 0
    return grey


def _syntax(header: Dataset) -> str:
    meta = getattr(header, "file_meta", None)
    return str(meta.get("TransferSyntaxUID", "")) if meta is not None else ""


def _colour(pixels: Pixels, photometric: str, bits: int) -> Pixels:
    """Return 8-bit RGB; the decoder has turned YBR_FULL round, never the retired partial ones."""
    if pixels.dtype != np.uint8:
        pixels = np.asarray(pixels.astype(np.float32) * (255 / ((1 << bits) - 1)))
        pixels = np.clip(pixels + 0.5, 0, 255).astype(np.uint8)
    if not photometric.startswith("YBR_PARTIAL"):
        return pixels
    y, cb, cr = (pixels[..., n].astype(np.float32) for n in range(3))
    y, cb, cr = 1.1644 * (y - 16), cb - 128, cr - 128  # PS3.3 C.7.6.3.1.2, ITU-R BT.601
    rgb = np.stack((y + 1.596 * cr, y - 0.3917 * cb - 0.8129 * cr, y + 2.0173 * cb), axis=-1)
    return np.asarray(np.clip(rgb + 0.5, 0, 255), dtype=np.uint8)


def _grey(
    pixels: Pixels, header: Dataset, number: int, window: Window | None, big_endian: bool
) -> Pixels:
    values, rescaled = _modality_values(pixels, header, number, big_endian)
    if window is not None:
        return _windowed(values, window)
    source = _functional_group(header, number, "FrameVOILUTSequence") or header
    own = _own_window(source)
    if own is not None:
        return _windowed(values, own)
    if source.get("VOILUTSequence"):
        signed = bool(header.get("PixelRepresentation")) or bool((values < 0).any())
        table = lookup_of(source.VOILUTSequence[0], signed=signed, big_endian=big_endian)
        return np.asarray(table.applied(values) * (255 / table.top) + 0.5, dtype=np.uint8)
    if not rescaled and pixels.dtype == np.uint8:  # nothing said: shown as it is (C.11.2.1.1)
        bits = min(max(int(header.get("BitsStored") or 8), 1), 8)
        return np.asarray(np.minimum(pixels * (255 / ((1 << bits) - 1)), 255), dtype=np.uint8)
    return _stretched(values, _padding(pixels, header))


def _modality_values(
    pixels: Pixels, header: Dataset, number: int, big_endian: bool
) -> tuple[Pixels, bool]:
    """Return what the stored values mean (PS3.3 C.11.1), and whether that changed them."""
    group = _functional_group(header, number, "PixelValueTransformationSequence")
    source = group if group is not None else header
    if source.get("ModalityLUTSequence"):
        signed = bool(header.get("PixelRepresentation"))
        table = lookup_of(source.ModalityLUTSequence[0], signed=signed, big_endian=big_endian)
        return table.applied(pixels), True
    slope, intercept = _number(source.get("RescaleSlope")), _number(source.get("RescaleIntercept"))
    if not slope or intercept is None or (slope == 1 and intercept == 0):
        return pixels, False
    return pixels.astype(np.float32) * np.float32(slope) + np.float32(intercept), True


def _own_window(source: Dataset) -> Window | None:
    center, width = _number(source.get("WindowCenter")), _number(source.get("WindowWidth"))
    if center is None or width is None or width <= 0:
        return None
    function = str(source.get("VOILUTFunction") or "LINEAR").lower().replace("_", "-")
    return Window(center=center, width=width, function=function)


def _functional_group(header: Dataset, number: int, keyword: str) -> Dataset | None:
    """Return the macro of a frame: its own, else the shared one (PS3.3 C.7.6.16)."""
    own = header.get("PerFrameFunctionalGroupsSequence") or []
    for group in (*own[number - 1 : number], *(header.get("SharedFunctionalGroupsSequence") or [])):
        if group.get(keyword):
            item: Dataset = group[keyword].value[0]
            return item
    return None


def _number(value: Any) -> float | None:
    """Return the first of the values, None where there is none that is a number."""
    if isinstance(value, MultiValue):
        value = value[0] if value else None
    if value is None or value == "":
        return None
    number = float(value)
    return number if np.isfinite(number) else None


def _padding(pixels: Pixels, header: Dataset) -> Pixels | None:
    """Say which pixels only fill the frame up (PS3.3 C.7.5.1.1.2)."""
    first = _number(header.get("PixelPaddingValue"))
    if first is None or pixels.dtype.kind not in "ui":
        return None
    if pixels.dtype.kind == "u" and first < 0:
        first += 1 << int(header.get("BitsAllocated") or 16)
    last = _number(header.get("PixelPaddingRangeLimit"))
    low, high = sorted((first, first if last is None else last))
    found = (pixels >= low) & (pixels <= high)
    return found if bool(found.any()) and not bool(found.all()) else None


def _windowed(values: Pixels, window: Window) -> Pixels:
    """Apply a window function (PS3.3 C.11.2.1.2, C.11.2.1.3)."""
    x = values.astype(np.float32)
    if window.function == "sigmoid":
        power = np.clip(-4 * (x - window.center) / window.width, -80, 80)
        level = 1 / (1 + np.exp(power))
    elif window.function == "linear-exact":
        level = (x - window.center) / window.width + 0.5
    else:
        level = (x - (window.center - 0.5)) / max(window.width - 1, 1e-6) + 0.5
    return np.asarray(np.clip(level, 0, 1) * 255 + 0.5, dtype=np.uint8)


def _stretched(values: Pixels, padding: Pixels | None) -> Pixels:
    """Show the whole range of what is not padding."""
    x = values.astype(np.float32)
    seen = x[np.isfinite(x)] if padding is None else x[~padding & np.isfinite(x)]
    low, high = (float(seen.min()), float(seen.max())) if seen.size else (0.0, 0.0)
    if high <= low:
        return np.zeros(values.shape, dtype=np.uint8)
    level = np.nan_to_num((x - low) * (255 / (high - low)), nan=0, posinf=255, neginf=0)
    return np.asarray(np.clip(level, 0, 255), dtype=np.uint8)
