"""What we send of what a caller accepts (PS3.18 8.7); pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from archive.dicomweb.accept import Accepted
from pacs_hub.kernel.errors import Malformed

ANY_SYNTAX: Final = "*"
EXPLICIT_LITTLE_ENDIAN: Final = "1.2.840.10008.1.2.1"
DICOM: Final = "application/dicom"
OCTETS: Final = "application/octet-stream"
JSON_TYPES: Final = ("application/dicom+json", "application/json")

# Transfer syntax -> media type of its frames (PS3.18 table 8.7.3-5).
FRAME_TYPES: Final[dict[str, str]] = {
    "1.2.840.10008.1.2.5": "image/dicom-rle",
    "1.2.840.10008.1.2.4.50": "image/jpeg",
    "1.2.840.10008.1.2.4.51": "image/jpeg",
    "1.2.840.10008.1.2.4.57": "image/jpeg",
    "1.2.840.10008.1.2.4.70": "image/jpeg",
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
    "1.2.840.10008.1.2.4.100": "video/mpeg",
    "1.2.840.10008.1.2.4.101": "video/mpeg",
    "1.2.840.10008.1.2.4.102": "video/mp4",
    "1.2.840.10008.1.2.4.103": "video/mp4",
}


class NotAcceptable(Malformed):
    """Nothing of what the caller accepts can be sent."""

    code = "not-acceptable"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What to send: parts of this type and syntax, in a multipart body or alone."""

    type: str
    transfer_syntax: str
    multipart: bool


def json_type(ranges: Iterable[Accepted]) -> str:
    """Return the JSON media type to answer with.

    Raises:
        NotAcceptable: the caller wants something else.
    """
    for found in ranges:
        for media_type in JSON_TYPES:
            if not found.multipart and found.covers(media_type):
                return media_type
    raise NotAcceptable("we send " + " or ".join(JSON_TYPES))


def instance_choice(ranges: Iterable[Accepted], *, alone: bool) -> Choice:
    """Return how whole instances are sent; `alone` where a single part is possible.

    Raises:
        NotAcceptable: the caller wants no DICOM.
    """
    for found in ranges:
        if not found.covers(DICOM):
            continue
        syntax = _wanted_syntax(found)
        multipart = found.multipart or not (alone and found.type == DICOM)
        return Choice(type=DICOM, transfer_syntax=syntax, multipart=multipart)
    raise NotAcceptable(
        'we send multipart/related; type="application/dicom" as stored (transfer-syntax=*) '
        f"or in {EXPLICIT_LITTLE_ENDIAN}"
    )


def frame_choice(ranges: Iterable[Accepted], *, stored: str, native: bool) -> Choice:
    """Return how frames of an object stored in `stored` are sent.

    Raises:
        NotAcceptable: the caller wants what we neither have nor make.
    """
    own_syntax = EXPLICIT_LITTLE_ENDIAN if native else stored
    own_type = OCTETS if native else FRAME_TYPES.get(stored, OCTETS)
    for found in ranges:
        for syntax in found.syntaxes or ("",):  # the first named is preferred, as OHIF means it
            kept = syntax in {ANY_SYNTAX, own_syntax, stored}
            if found.covers(OCTETS) and (kept or syntax in {"", EXPLICIT_LITTLE_ENDIAN}):
                kind = own_type if kept and found.type in {"*/*", ""} else OCTETS
                sent = own_syntax if kept else EXPLICIT_LITTLE_ENDIAN
                return Choice(type=kind, transfer_syntax=sent, multipart=_many(found))
            if not found.covers(OCTETS) and found.covers(own_type) and (kept or not syntax):
                return Choice(type=own_type, transfer_syntax=own_syntax, multipart=found.multipart)
    raise NotAcceptable(
        f'we send multipart/related; type="{own_type}"; transfer-syntax={own_syntax}'
    )


def rendered_type(ranges: Iterable[Accepted], offered: Sequence[str]) -> tuple[str, bool]:
    """Return the first of `offered` that is accepted, and whether in a multipart body.

    Raises:
        NotAcceptable: none is.
    """
    for found in ranges:
        for media_type in offered:
            if found.covers(media_type):
                return media_type, found.multipart and found.type not in {"*/*", ""}
    raise NotAcceptable("we send " + ", ".join(offered))


def _many(found: Accepted) -> bool:
    return found.multipart or found.type in {"*/*", ""}


def _wanted_syntax(found: Accepted) -> str:
    """Return "*", Explicit VR Little Endian (also where none was named), or what was named."""
    return found.syntaxes[0] if found.syntaxes else EXPLICIT_LITTLE_ENDIAN
