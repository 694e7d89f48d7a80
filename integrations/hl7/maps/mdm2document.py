"""TXA and OBX to a report: HL7 v2.5.1 9.6 (MDM events), 9.7.1 (TXA)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Final, Literal

from integrations.hl7.maps import orm2order, rows, tables
from integrations.hl7.maps.obx2section import observed
from integrations.hl7.maps.oru2result import NotAResultStatus, Report, as_report
from integrations.hl7.maps.rows import FieldMissing, Row, SegmentMissing
from integrations.hl7.message import SegmentList

Kind = Literal["original", "status", "addendum", "edit", "replacement", "cancel"]

DOCUMENT: Final = (
    Row(ours="number", paths=("TXA-12.1", "TXA-12.3"), kind=rows.text, required=True, longest=75),
    Row(ours="parent_number", paths=("TXA-13.1", "TXA-13.3"), kind=rows.text, longest=75),
    Row(ours="type_code", paths=("TXA-2.1",), kind=rows.text, table="0270"),
    Row(ours="title", paths=("TXA-2.2", "TXA-2.1"), kind=rows.text, longest=120, cut=True),
    Row(ours="status", paths=("TXA-17.1",), kind=rows.text, table="0271"),
    Row(
        ours="placer_order_number",
        paths=("TXA-14.1", "ORC-2.1", "OBR-2.1"),
        kind=rows.text,
        longest=75,
    ),
    Row(ours="placer_namespace", paths=("TXA-14.2", "ORC-2.2", "OBR-2.2"), kind=rows.text),
    Row(
        ours="filler_order_number",
        paths=("TXA-15.1", "ORC-3.1", "OBR-3.1"),
        kind=rows.text,
        longest=75,
    ),
    Row(ours="filler_namespace", paths=("TXA-15.2", "ORC-3.2", "OBR-3.2"), kind=rows.text),
    Row(
        ours="accession_number",
        paths=("IPC-1.1", "OBR-18.1"),
        kind=orm2order.accession_number,
        longest=16,
    ),
    Row(ours="study_instance_uid", paths=("ZDS-1.1",), kind=orm2order.uid, note="else an OBX"),
    Row(ours="versioned_at", paths=("TXA-8.1", "TXA-6.1"), kind=rows.tolerated_moment),
    Row(
        ours="reported_at",
        paths=("TXA-8.1", "TXA-6.1", "TXA-4.1", "EVN-2.1", "MSH-7.1"),
        kind=rows.tolerated_moment,
    ),
    Row(ours="observed_at", paths=("TXA-4.1", "OBR-7.1"), kind=rows.tolerated_moment),
    Row(ours="interpreter", paths=("TXA-22", "TXA-9"), kind=rows.provider_name),
)


@dataclass(frozen=True)
class Event:
    """What a trigger event asks for, and whether the document comes with it."""

    kind: Kind
    has_content: bool


EVENTS: Final[dict[str, Event]] = {
    "T01": Event("original", False),
    "T02": Event("original", True),
    "T03": Event("status", False),
    "T04": Event("status", True),
    "T05": Event("addendum", False),
    "T06": Event("addendum", True),
    "T07": Event("edit", False),
    "T08": Event("edit", True),
    "T09": Event("replacement", False),
    "T10": Event("replacement", True),
    "T11": Event("cancel", False),
}
"""MSH-9.2 of MDM (9.6.1 to 9.6.11). Those without content bring the status alone."""


def document(message: SegmentList, event: Event, *, zone: tzinfo, now: datetime) -> Report:
    """Return the document of a message as a report.

    Raises:
        SegmentMissing: there is no TXA, or no OBX though the event brings the document.
        FieldMissing: TXA-12 is empty, or TXA-2 with a document, or TXA-13 where it is needed.
        NotAResultStatus: TXA-17 is not in the table.
        BrokenAttachment: there is no text, and no file can be read.
    """
    rows.require(message, "TXA")
    found = rows.read(DOCUMENT, message, zone=zone)
    has_type = bool(found.pop("type_code", ""))
    parent = found.get("parent_number", "")
    if event.has_content and not has_type:
        raise FieldMissing("TXA-2 is empty", field="TXA-2")
    if event.kind in ("addendum", "replacement") and not parent:
        raise FieldMissing("TXA-13 is empty", field="TXA-13")
    found["status"] = _status(found.pop("status", "").upper(), event)
    said = observed(message.all("OBX"))
    is_empty = not said.sections and not said.documents
    if event.has_content and event.kind != "status" and is_empty:
        raise SegmentMissing("there is no OBX segment with a text", field="OBX")
    found["study_instance_uid"] = said.study_instance_uid or found.get("study_instance_uid", "")
    found.setdefault("reported_at", now)
    if event.kind in ("original", "edit", "status", "cancel"):
        found.pop("parent_number", None)
    report = as_report(found, said)
    if event.kind == "status" and not report.facts.text:
        return replace(report, facts=replace(report.facts, keeps_text=True))
    return report


def _status(code: str, event: Event) -> str:
    """Return what the document is filed as: a correction and an addendum only when signed."""
    if event.kind == "cancel":
        return "cancelled"
    if event.kind == "original" and not event.has_content:
        return "registered"
    status = tables.DOCUMENT_STATUS.get(code or "DO")
    if status is None:
        raise NotAResultStatus("TXA-17 is not a status of a document", field="TXA-17")
    if status == "final":
        return {"replacement": "amended", "edit": "amended", "addendum": "appended"}.get(
            event.kind, status
        )
    return "appended" if event.kind == "addendum" and status != "cancelled" else status
