"""FT1 to a charge somebody else has written down: HL7 v2.5.1 6.5.1. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from integrations.billing.rules import ExternalFacts
from integrations.hl7.maps import orm2order, rows
from integrations.hl7.maps.rows import Row, SegmentMissing
from integrations.hl7.message import SegmentList

TRANSACTION: Final = (
    Row(ours="transaction_id", paths=("FT1-2.1",), kind=rows.text, required=True, longest=75),
    Row(ours="service_at", paths=("FT1-4.1",), kind=rows.moment, required=True),
    Row(
        ours="direction",
        paths=("FT1-6.1",),
        kind=rows.text,
        required=True,
        longest=8,
        table="0017",
        note="CG charge, CD credit",
    ),
    Row(ours="code", paths=("FT1-7.1",), kind=rows.text, required=True, longest=64),
    Row(ours="text", paths=("FT1-7.2",), kind=rows.text, longest=120, cut=True),
    Row(ours="procedure_code", paths=("FT1-25.1",), kind=rows.text, longest=64),
    Row(ours="quantity", paths=("FT1-10.1",), kind=rows.text, longest=20),
    Row(
        ours="order_number",
        paths=("FT1-23.1", "ORC-3.1", "OBR-3.1"),
        kind=rows.text,
        longest=75,
        note="filler order number",
    ),
    Row(ours="order_namespace", paths=("FT1-23.2", "ORC-3.2", "OBR-3.2"), kind=rows.text),
    Row(ours="placer_order_number", paths=("ORC-2.1", "OBR-2.1"), kind=rows.text, longest=75),
    Row(
        ours="accession_number",
        paths=("IPC-1.1", "OBR-18.1"),
        kind=orm2order.accession_number,
        longest=16,
    ),
    Row(ours="account_number", paths=("PID-18.1",), kind=rows.text, longest=64),
)


@dataclass(frozen=True)
class Transaction:
    """One FT1; `namespace` is that of its order number."""

    facts: ExternalFacts
    namespace: str = ""


def transactions(message: SegmentList, *, zone: tzinfo) -> list[Transaction]:
    """Return the transactions of a message, each with the order it names or that stands before.

    Raises:
        SegmentMissing: there is no FT1.
        FieldMissing, BadTime, TooLong: FT1-2, FT1-4, FT1-6 or FT1-7 is missing or no such thing.
    """
    groups = message.groups("FT1")
    if not groups:
        raise SegmentMissing("there is no FT1 segment", field="FT1")
    first = next(n for n, segment in enumerate(message.segments) if segment.name == "FT1")
    before = list(message.segments[:first])
    found = []
    for group in groups:
        own = [s for s in group.segments if s.name in ("FT1", "ORC", "OBR", "IPC")]
        common = before if not any(s.name in ("ORC", "OBR") for s in own) else before[:1]
        pid = [s for s in before if s.name == "PID"]
        part = SegmentList([*common, *pid, *own], message.separators)
        facts = rows.read(TRANSACTION, part, zone=zone)
        namespace = facts.pop("order_namespace", "")
        found.append(Transaction(ExternalFacts(**facts), namespace))
    return found
