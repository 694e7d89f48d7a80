"""What a document is by its content, and the names its DICOM object gets; pure."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

from pacs_hub.kernel.errors import Malformed

HEAD_BYTES: Final = 2048
TAIL_BYTES: Final = 4096

MEDIA_TYPES: Final[dict[str, str]] = {
    "pdf": "application/pdf",
    "cda": "text/xml",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "bmp": "image/bmp",
    "mp4": "video/mp4",
    "avi": "video/x-msvideo",
}
NAMES: Final[dict[str, str]] = {
    "pdf": "PDF document",
    "cda": "CDA document",
    "jpeg": "JPEG picture",
    "png": "PNG picture",
    "bmp": "BMP picture",
    "mp4": "MP4 video",
    "avi": "AVI video",
}
PICTURES: Final = frozenset({"jpeg", "png", "bmp"})
VIDEOS: Final = frozenset({"mp4", "avi"})
CDA_ROOT: Final = b"ClinicalDocument"
_PDF_START_WITHIN: Final = 1024
_BMP_HEADERS: Final = frozenset({12, 40, 52, 56, 64, 108, 124})


class UnknownDocumentType(Malformed):
    """Not a kind of file that is taken."""

    code = "unknown-document-type"


class BrokenDocument(Malformed):
    """A file of a known kind that is cut off or damaged."""

    code = "broken-document"


class EmptyDocument(Malformed):
    """A file without a byte."""

    code = "empty-document"


class DocumentTooLarge(Malformed):
    """A file above the size the site takes."""

    code = "document-too-large"


@dataclass(frozen=True, kw_only=True)
class DocumentCode:
    """What kind of document it is, such as 18748-4 LN "Diagnostic imaging report"."""

    value: str = ""
    scheme: str = ""
    meaning: str = ""


def kind_of(head: bytes) -> str:
    """Return the kind of a file by its first bytes; its name and media type do not count.

    Raises:
        EmptyDocument, UnknownDocumentType
    """
    if not head:
        raise EmptyDocument("the file is empty", field="file")
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "bmp"
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return "avi"
    if head[4:8] == b"ftyp":
        return "mp4"
    if b"%PDF-" in head[:_PDF_START_WITHIN]:
        return "pdf"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and CDA_ROOT in head:
        return "cda"
    raise UnknownDocumentType(f"the file is none of: {', '.join(NAMES.values())}", field="file")


def check_end(kind: str, tail: bytes) -> None:
    """Refuse a PDF (ISO 32000-1 7.5.5) or a CDA document that is cut off.

    Raises:
        BrokenDocument
    """
    if kind == "pdf" and b"%%EOF" not in tail:
        raise BrokenDocument("the PDF ends before its end mark: it is cut off", field="file")
    if kind == "cda" and CDA_ROOT + b">" not in tail:
        raise BrokenDocument("the CDA document ends before its end tag", field="file")


def storage_key(sha256: str, token: str) -> str:
    """Return where the bytes are kept; with a dot, so that nobody takes them for an object.

    The token makes the key that of one document alone, which can be removed without a look at
    all the others.
    """
    return f".documents/{sha256[:2]}/{sha256[2:4]}/{sha256}-{token}"


def uid_of(study_instance_uid: str, *names: str) -> str:
    """Return a UID that is the same for the same document, however often it is made (PS3.5 B.2)."""
    text = "|".join((study_instance_uid, *names))
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, text).int}"
