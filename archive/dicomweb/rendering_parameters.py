"""The query string of rendered resources (PS3.18 8.3.5)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from archive.retrieve.display import Window
from archive.retrieve.rendering import THUMBNAIL_SIDE, Region, Rendering, Viewport
from pacs_hub.kernel.errors import Malformed

LARGEST_SIDE: Final = 8192
_ANNOTATIONS: Final = frozenset({"patient", "technique"})
_PROFILES: Final = frozenset({"no", "yes", "srgb", "adobergb", "rommrgb"})
_FUNCTIONS: Final = frozenset({"linear", "linear-exact", "sigmoid"})


class BadRendering(Malformed):
    """A rendering parameter is not what it should be (PS3.18 8.3.5)."""

    code = "bad-rendering-parameter"


def rendering_of(
    query: Mapping[str, str],
    media_type: str,
    *,
    thumbnail: bool = False,
    region: Region | None = None,
) -> tuple[Rendering, list[str]]:
    """Read the rendering parameters; returns also what to warn of.

    Raises:
        BadRendering: one of them makes no sense.
    """
    warnings = [*_annotation(query.get("annotation", "")), *_profile(query.get("iccprofile", ""))]
    viewport = _viewport(query.get("viewport", ""), sides_only=thumbnail)
    if viewport is None and thumbnail:
        viewport = Viewport(width=THUMBNAIL_SIDE, height=THUMBNAIL_SIDE)
    return (
        Rendering(
            media_type=media_type,
            quality=_quality(query.get("quality", "")),
            window=_window(query.get("window", "")),
            viewport=viewport,
            region=region,
        ),
        warnings,
    )


def _annotation(text: str) -> list[str]:
    asked = {part for part in text.split(",") if part}
    if asked and not asked & _ANNOTATIONS:
        raise BadRendering("annotation is patient or technique", field="annotation")
    unknown = asked - _ANNOTATIONS
    warnings = ["The annotation parameter is not supported."] if asked else []
    if unknown:
        warnings.append("There are values of the annotation parameter that are not known.")
    return warnings


def _profile(text: str) -> list[str]:
    """Pictures carry no colour profile, which stands for sRGB."""
    if text and text not in _PROFILES:
        raise BadRendering(f"iccprofile is one of {', '.join(_PROFILES)}", field="iccprofile")
    return ["The iccprofile parameter is not supported."] if text not in {"", "no", "srgb"} else []


def _quality(text: str) -> int:
    if not text:
        return 90
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise BadRendering("quality is a whole number from 1 to 100", field="quality")
    return int(text)


def _window(text: str) -> Window | None:
    if not text:
        return None
    parts = text.split(",")
    numbers = _numbers(parts[:2], "window")
    function = parts[2].lower() if len(parts) == 3 else ""
    if len(parts) != 3 or function not in _FUNCTIONS or numbers[1] <= 0:
        raise BadRendering("window is centre,width,function", field="window")
    if function == "linear" and numbers[1] < 1:  # PS3.3 C.11.2.1.2.1
        raise BadRendering("a linear window is at least 1 wide", field="window")
    return Window(center=numbers[0], width=numbers[1], function=function)


def _viewport(text: str, *, sides_only: bool) -> Viewport | None:
    if not text:
        return None
    numbers = _numbers([part or "0" for part in text.split(",")], "viewport")
    sides_fit = len(numbers) in ({2} if sides_only else {2, 6}) and all(
        1 <= n <= LARGEST_SIDE for n in numbers[:2]
    )
    if not sides_fit or any(abs(n) > 10**6 for n in numbers[2:]):
        raise BadRendering("viewport is width,height or width,height,x,y,w,h", field="viewport")
    width, height, x, y, part_width, part_height = (*numbers, 0, 0, 0, 0)[:6]
    return Viewport(
        width=int(width),
        height=int(height),
        x=x,
        y=y,
        part_width=part_width,
        part_height=part_height,
    )


def _numbers(parts: Sequence[str], name: str) -> list[float]:
    try:
        numbers = [float(part) for part in parts]
    except ValueError as error:
        raise BadRendering(f"{name} holds something that is no number", field=name) from error
    if any(not math.isfinite(number) for number in numbers):
        raise BadRendering(f"{name} holds something that is no number", field=name)
    return numbers
