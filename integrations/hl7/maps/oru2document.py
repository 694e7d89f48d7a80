"""OBX of type ED to the file inside it: HL7 v2.5.1 2.A.24, 7.4.2.5."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from archive.documents.rules import DocumentCode
from integrations.hl7.message import Segment

ENCAPSULATED: Final = "ED"
REMOVED: Final = ("D", "W", "X", "N")  # OBX-11: deleted, wrong, not obtained, not asked
_LONGEST_NUMBER: Final = 10


@dataclass(frozen=True, kw_only=True)
class EmbeddedDocument:
    """A file in OBX-5; `error` says in plain words why there are no bytes."""

    place: str
    title: str
    code: DocumentCode
    content: bytes = b""
    error: str = ""


def embedded_documents(observations: Iterable[Segment]) -> list[EmbeddedDocument]:
    """Return the files of these OBX segments; what is withdrawn (OBX-11) or empty is left out."""
    return [
        _document(obx, repetition)
        for obx in observations
        if obx.raw(2).strip().upper() == ENCAPSULATED and _first(obx, 11) not in REMOVED
        for repetition in range(1, len(obx.repetitions(5)) + 1)
    ]


def _document(obx: Segment, repetition: int) -> EmbeddedDocument:
    """Read ED: source application, type, subtype, encoding (table 0299), data."""
    parts = [part[0] if part else "" for part in obx.components(5, repetition)]
    encoding, data = (parts + [""] * 5)[3:5]
    code = DocumentCode(value=_first(obx, 3), scheme=_first(obx, 3, 3), meaning=_first(obx, 3, 2))
    content, error = _decoded(encoding.strip().upper(), data)
    return EmbeddedDocument(
        place=f"OBX {obx.raw(1).strip()[:_LONGEST_NUMBER] or '?'}, OBX-5.5",
        title=code.meaning or code.value,
        code=code if code.scheme else DocumentCode(),
        content=content,
        error=error,
    )


def _decoded(encoding: str, data: str) -> tuple[bytes, str]:
    packed = "".join(data.split())
    try:
        if encoding in {"BASE64", ""}:
            content = base64.b64decode(packed, validate=True)
        elif encoding == "HEX":
            content = binascii.unhexlify(packed)
        else:
            return b"", "the file is neither Base64 nor Hex"
    except ValueError:
        return b"", "the file is broken: its encoding does not add up"
    return content, "" if content else "the file is empty"


def _first(obx: Segment, field: int, component: int = 1) -> str:
    parts = obx.components(field)
    return parts[component - 1][0].strip() if len(parts) >= component else ""
