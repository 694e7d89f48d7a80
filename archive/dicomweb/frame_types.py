"""What frames of an image are sent as (PS3.18 8.7.3); pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from archive.dicomweb.accept import Accepted
from archive.dicomweb.negotiation import (
    ANY_SYNTAX,
    ENCODED,
    EXPLICIT_LITTLE_ENDIAN,
    OCTETS,
    NotAcceptable,
)

# Transfer syntax -> media type of its frames (PS3.18 table 8.7.3-5). Of a type without a syntax
# the first that can be made is meant.
FRAME_TYPES: Final[dict[str, str]] = {
    "1.2.840.10008.1.2.5": "image/dicom-rle",
    "1.2.840.10008.1.2.4.70": "image/jpeg",
    "1.2.840.10008.1.2.4.57": "image/jpeg",
    "1.2.840.10008.1.2.4.50": "image/jpeg",
    "1.2.840.10008.1.2.4.51": "image/jpeg",
    "1.2.840.10008.1.2.4.80": "image/jls",
    "1.2.840.10008.1.2.4.81": "image/jls",
    "1.2.840.10008.1.2.4.90": "image/jp2",
    "1.2.840.10008.1.2.4.91": "image/jp2",
    "1.2.840.10008.1.2.4.92": "image/jpx",
    "1.2.840.10008.1.2.4.93": "image/jpx",
    "1.2.840.10008.1.2.4.110": "image/jxl",
    "1.2.840.10008.1.2.4.111": "image/jxl",
    "1.2.840.10008.1.2.4.112": "image/jxl",
    "1.2.840.10008.1.2.4.201": "image/jphc",
    "1.2.840.10008.1.2.4.202": "image/jphc",
    "1.2.840.10008.1.2.4.203": "image/jphc",
    **{
        f"1.2.840.10008.1.2.4.{name}{part}": media_type
        for media_type, names in (
            ("video/mpeg", ("100", "101")),
            ("video/mp4", ("102", "103", "104", "105", "106")),
        )
        for name in names
        for part in ("", ".1")
    },
    "1.2.840.10008.1.2.4.107": "video/H265",
    "1.2.840.10008.1.2.4.108": "video/H265",
}


@dataclass(frozen=True, kw_only=True)
class FrameChoice:
    """How frames are sent: the media type of a part, its syntax, in a multipart body or alone."""

    type: str
    transfer_syntax: str
    multipart: bool


def frame_choice(ranges: Iterable[Accepted], *, stored: str, native: bool) -> FrameChoice:
    """Return how frames of an object stored in `stored` are sent.

    Raises:
        NotAcceptable: the caller wants what we neither have nor make.
    """
    own = EXPLICIT_LITTLE_ENDIAN if native else stored
    best: tuple[float, FrameChoice] | None = None
    for found in ranges:
        choice = _choice(found, own, native, stored)
        if choice is None:
            continue
        if best is None:
            best = (found.quality, choice)
        elif found.quality == best[0] and choice.transfer_syntax == own:
            return choice  # of what is liked equally, that which costs nothing
        if best[1].transfer_syntax == own:
            return best[1]
    if best is not None:
        return best[1]
    kinds = (OCTETS, *dict.fromkeys(FRAME_TYPES[syntax] for syntax in ENCODED))
    raise NotAcceptable(
        "we send "
        + ", ".join(f'multipart/related; type="{kind}"' for kind in kinds)
        + f", and as stored: {FRAME_TYPES.get(stored, OCTETS)}; transfer-syntax={stored}"
    )


def _choice(found: Accepted, own: str, native: bool, stored: str) -> FrameChoice | None:
    for syntax in found.syntaxes or ("",):  # the first named is preferred, as OHIF means it
        wanted = _frame_syntax(found, syntax, own, native, stored)
        if wanted is not None:
            kind = _frame_type(found, wanted, named=bool(syntax))
            many = found.multipart or found.type in {"*/*", ""}
            return FrameChoice(type=kind, transfer_syntax=wanted, multipart=many)
    return None


def _frame_syntax(found: Accepted, syntax: str, own: str, native: bool, stored: str) -> str | None:
    """Return the syntax that frames leave in for this range; None where it covers none of ours."""
    own_type = OCTETS if native else FRAME_TYPES.get(own, OCTETS)
    if syntax in {ANY_SYNTAX, own, stored}:
        return own if found.covers(OCTETS) or found.covers(own_type) else None
    if syntax:
        makes = syntax == EXPLICIT_LITTLE_ENDIAN or syntax in ENCODED
        covered = found.covers(OCTETS) or found.covers(FRAME_TYPES.get(syntax, OCTETS))
        return syntax if makes and covered else None
    if found.covers(OCTETS):
        return own if own_type.startswith("video/") else EXPLICIT_LITTLE_ENDIAN
    if found.covers(own_type):
        return own
    return next((made for made in ENCODED if found.covers(FRAME_TYPES[made])), None)


def _frame_type(found: Accepted, syntax: str, *, named: bool) -> str:
    """Return the media type of a part: as asked for, else the one of the syntax."""
    if syntax == EXPLICIT_LITTLE_ENDIAN or (found.type == OCTETS):
        return OCTETS
    own = FRAME_TYPES.get(syntax, OCTETS)
    return own if named or found.type not in {"*/*", ""} else OCTETS
