"""Segments as a library that is not ours finds them: valid by the standard, or not."""

from __future__ import annotations

from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_segment


def invalid_segments(text: str, *, version: str = "2.5.1") -> list[str]:
    """Return the names of segments that are not valid; Z segments have no standard."""
    wrong = []
    for segment in text.split("\r")[1:-1]:
        if segment.startswith("Z"):
            continue
        parsed = parse_segment(segment, version=version, validation_level=VALIDATION_LEVEL.STRICT)
        if not parsed.validate():
            wrong.append(segment[:3])
    return wrong
