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
DICOM_XML: Final = "application/dicom+xml"
OCTETS: Final = "application/octet-stream"
ZIP: Final = "application/zip"
JSON_TYPES: Final = ("application/dicom+json", "application/json")

# What pixels are encoded into for a caller who asks; whatever is stored leaves as it is, too.
ENCODED: Final = (
    "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.201",
    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.5",
    "1.2.840.10008.1.2.4.91",
    "1.2.840.10008.1.2.4.203",
)
TRANSFER_SYNTAXES: Final = (EXPLICIT_LITTLE_ENDIAN, *ENCODED)


class NotAcceptable(Malformed):
    """Nothing of what the caller accepts can be sent."""

    code = "not-acceptable"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What to send: parts of this type, in a multipart body or alone.

    `syntaxes` are those the caller named for it, best first; empty where none was named.
    """

    type: str
    multipart: bool
    syntaxes: tuple[str, ...] = ()


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


def metadata_type(ranges: Iterable[Accepted]) -> str:
    """Return the type metadata is sent in: one of JSON, or DICOM XML in a multipart body.

    Raises:
        NotAcceptable: the caller wants something else.
    """
    for found in ranges:
        if found.multipart and found.type == DICOM_XML:
            return DICOM_XML
        for media_type in JSON_TYPES:
            if not found.multipart and found.covers(media_type):
                return media_type
    kinds = (*JSON_TYPES, f'multipart/related; type="{DICOM_XML}"')
    raise NotAcceptable("we send " + " or ".join(kinds))


def instance_choice(ranges: Sequence[Accepted], *, alone: bool) -> Choice:
    """Return how whole instances are sent; `alone` where a single part is possible.

    Raises:
        NotAcceptable: the caller wants no DICOM.
    """
    for found in ranges:
        if found.type == ZIP and not found.multipart:
            return Choice(type=ZIP, multipart=False, syntaxes=found.syntaxes or (ANY_SYNTAX,))
        if not found.covers(DICOM):
            continue
        single = alone and found.type == DICOM and not found.multipart
        alike = [one for one in ranges if one.covers(DICOM) and one.multipart == found.multipart]
        named = (syntax for one in alike for syntax in one.syntaxes)
        return Choice(type=DICOM, multipart=not single, syntaxes=tuple(dict.fromkeys(named)))
    raise NotAcceptable(
        'we send multipart/related; type="application/dicom" as stored (transfer-syntax=*) or in '
        + ", ".join(TRANSFER_SYNTAXES)
        + "; application/dicom for one instance; application/zip"
    )


def in_many_parts(ranges: Iterable[Accepted], media_type: str) -> bool:
    """Say whether bulk data of this type is sent in a multipart body.

    Raises:
        NotAcceptable: the caller wants something else.
    """
    for found in ranges:
        if found.covers(media_type):
            return found.multipart
    raise NotAcceptable(f"we send {media_type}, alone or in multipart/related")


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
