"""The picture parameters of WADO-URI, told in the words of WADO-RS (PS3.18 9.1.2.2)."""

from __future__ import annotations

import math
from collections.abc import Mapping

from archive.dicomweb.rendering_parameters import LARGEST_SIDE, BadRendering
from archive.retrieve.rendering import Region
from pacs_hub.kernel.errors import Malformed


class BadWadoUri(Malformed):
    """A required parameter is missing, or one is there that we do not do."""

    code = "bad-wado-uri"


def picture_parameters(query: Mapping[str, str]) -> dict[str, str]:
    """Return quality, annotation, window and viewport as WADO-RS names them.

    Raises:
        BadRendering: one of two that go together is missing.
    """
    center, width = query.get("windowCenter", ""), query.get("windowWidth", "")
    if bool(center) != bool(width):
        raise BadRendering("windowCenter and windowWidth go together", field="windowWidth")
    asked = {
        "quality": query.get("imageQuality", ""),
        "annotation": query.get("imageAnnotation", "") or query.get("annotation", ""),
    }
    if center:
        asked["window"] = f"{center},{width},linear"
    rows, columns = query.get("rows", ""), query.get("columns", "")
    for name, value in (("rows", rows), ("columns", columns)):
        if value and not value.isdecimal():
            raise BadRendering(f"{name} is a whole number", field=name)
    if rows or columns:  # one side alone: the other follows from the picture
        asked["viewport"] = f"{columns or LARGEST_SIDE},{rows or LARGEST_SIDE}"
    return asked


def region_of(text: str) -> Region | None:
    """Read `0.25,0.25,0.75,0.75`: the corners of the part to show, None for all of it.

    Raises:
        BadRendering: it is something else.
    """
    if not text:
        return None
    try:
        edges = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise BadRendering("region is four numbers from 0 to 1", field="region") from error
    inside = len(edges) == 4 and all(math.isfinite(edge) and 0 <= edge <= 1 for edge in edges)
    if not inside or edges[0] >= edges[2] or edges[1] >= edges[3]:
        raise BadRendering("region is left,top,right,bottom from 0 to 1", field="region")
    return Region(left=edges[0], top=edges[1], right=edges[2], bottom=edges[3])
