"""QRD to who is looked for: QRY^A19, as it was before PDQ (HL7 v2.3.1 3.2.19, 2.24.4)."""

from __future__ import annotations

from datetime import UTC
from typing import Any, Final

from archive.patients.rules import PersonKeys
from integrations.hl7.maps import rows
from integrations.hl7.maps.qpd2query import MOST
from integrations.hl7.maps.rows import FieldMissing, Row
from integrations.hl7.message import SegmentList

WHO: Final = (
    Row(ours="identifier", paths=("QRD-8.1",), kind=rows.text, longest=64),
    Row(ours="issuer", paths=("QRD-8.9.1",), kind=rows.text, longest=64),
    Row(ours="family", paths=("QRD-8.2.1",), kind=rows.text, longest=64),
    Row(ours="given", paths=("QRD-8.3",), kind=rows.text, longest=64),
)


def old_query(message: SegmentList, *, default_issuer: str) -> tuple[PersonKeys, int]:
    """Return who is asked for, and how many at most; an identifier counts before a name.

    Raises:
        SegmentMissing, FieldMissing: there is no QRD, or it names nobody.
    """
    rows.require(message, "QRD")
    said: dict[str, Any] = rows.read(WHO, message, zone=UTC)
    if said.get("identifier"):
        said = {"identifier": said["identifier"], "issuer": said.get("issuer", default_issuer)}
    keys = PersonKeys(**said)
    if not keys.is_narrow:
        raise FieldMissing("QRD-8 is empty", field="QRD-8")
    asked = message.get("QRD-7.1")
    return keys, min(int(asked), MOST) if asked.isdecimal() and len(asked) < 6 else MOST
