"""OBR and OBX to a report: HL7 v2.5.1 7.3.1, 7.4.1, 7.4.2."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from integrations.hl7.maps import orm2order, rows, tables
from integrations.hl7.maps.oru2document import EmbeddedDocument, embedded_documents
from integrations.hl7.maps.rows import FieldMissing, Row, SegmentMissing
from integrations.hl7.message import NULL, Segment, SegmentList
from pacs_hub.kernel.errors import Malformed
from worklist.orders.rules import is_uid
from worklist.results.rules import ResultFacts

TEXT_TYPES: Final = frozenset({"TX", "FT", "ST", "", "CWE", "CE"})
REMOVED: Final = ("D", "W", "X")  # OBX-11: deleted, wrong, not obtained

REPORT: Final = (
    Row(ours="placer_order_number", paths=("OBR-2.1", "ORC-2.1"), kind=rows.text, longest=75),
    Row(ours="filler_order_number", paths=("OBR-3.1", "ORC-3.1"), kind=rows.text, longest=75),
    Row(
        ours="accession_number",
        paths=("IPC-1.1", "OBR-18.1"),
        kind=orm2order.accession_number,
        longest=16,
    ),
    Row(ours="reported_at", paths=("OBR-22.1", "OBX-14.1", "MSH-7.1"), kind=rows.tolerated_moment),
    Row(ours="observed_at", paths=("OBR-7.1",), kind=rows.tolerated_moment),
    Row(ours="interpreter", paths=("OBR-32",), kind=rows.interpreter_name),
)


ATTACHED: Final = "The report is the attached document (SHA-256 {digests})."
"""Text of a report that is sent as a file alone; another file is another text."""


class BrokenAttachment(Malformed):
    """A report that is a file alone, and the file cannot be read."""

    code = "broken-attachment"


class NotAResultStatus(Malformed):
    """OBR-25 is not a status a report can be filed under."""

    code = "not-in-table"


@dataclass(frozen=True)
class Report:
    """One OBR group; `facts` is None where it says that there is no report yet."""

    status: str
    facts: ResultFacts | None
    documents: tuple[EmbeddedDocument, ...] = ()


def reports(message: SegmentList, *, zone: tzinfo, now: datetime) -> list[Report]:
    """Return the reports of a message, one for each OBR.

    Raises:
        SegmentMissing: there is no OBR, or no OBX with text in any report.
        FieldMissing: a report has no status, or nothing that says what it is about.
        NotAResultStatus: OBR-25 is not in the table.
        BrokenAttachment: a report has no text, and no file in it can be read.
    """
    groups = message.groups("OBR")
    if not groups:
        raise SegmentMissing("there is no OBR segment", field="OBR")
    before = [s for s in message.segments if s.name in ("MSH", "PID", "ZDS")]
    orcs = message.all("ORC")
    found: list[Report] = []
    for number, group in enumerate(groups):
        orc = orcs[number : number + 1] if len(orcs) == len(groups) else []
        part = SegmentList([*before, *orc, *group.segments], message.separators)
        found.append(_report(part, zone=zone, now=now))
    if not any(r.facts is None or r.facts.text for r in found):
        raise SegmentMissing("there is no OBX segment with a text", field="OBX")
    return [r for r in found if r.facts is None or r.facts.text]


def _report(part: SegmentList, *, zone: tzinfo, now: datetime) -> Report:
    observations = part.all("OBX")
    code = part.get("OBR-25") or next(
        (v for v in (_value(obx, 11) for obx in observations) if v), ""
    )
    code = code.upper()
    if code in tables.RESULT_NOT_YET:
        return Report(code, None)
    if code not in tables.RESULT_STATUS:
        kind = FieldMissing if not code else NotAResultStatus
        raise kind("OBR-25 is not a status of a report", field="OBR-25")
    found = rows.read(REPORT, part, zone=zone)
    found["study_instance_uid"] = _study_uid(observations) or orm2order.uid(part, "ZDS-1.1", zone)
    found.setdefault("reported_at", now)
    keys = ("placer_order_number", "filler_order_number", "accession_number", "study_instance_uid")
    if not any(found.get(key) for key in keys):
        raise FieldMissing("OBR-3, OBR-2 and OBR-18 are empty", field="OBR-3")
    documents = tuple(embedded_documents(observations))
    text = report_text(observations)
    if not text and documents:
        if all(document.error for document in documents):
            raise BrokenAttachment(documents[0].error, field="OBX-5")
        digests = (hashlib.sha256(document.content).hexdigest()[:12] for document in documents)
        text = ATTACHED.format(digests=", ".join(digests))
    facts = ResultFacts(**found, status=tables.RESULT_STATUS[code], text=text)
    return Report(code, facts, documents)


def report_text(observations: Iterable[Segment]) -> str:
    """Return the text of a report: the lines of each section (OBX-3) under its heading."""
    sections: list[tuple[str, str, list[str]]] = []
    for obx in observations:
        if obx.raw(2).strip() not in TEXT_TYPES or _is_study_uid(obx) or _value(obx, 11) in REMOVED:
            continue
        lines = [_line(obx, n + 1) for n in range(len(obx.repetitions(5)))]
        lines = [line for line in lines if line != NULL]
        if not lines:
            continue
        key = obx.raw(3)
        if not sections or sections[-1][0] != key:
            sections.append((key, _heading(obx), []))
        sections[-1][2].extend(lines)
    texts = [
        "\n".join([f"{heading}:", *lines] if heading else lines) for _, heading, lines in sections
    ]
    return "\n\n".join(texts).strip()


def _value(obx: Segment, field: int, component: int = 1) -> str:
    parts = obx.components(field)
    return parts[component - 1][0].strip() if len(parts) >= component else ""


def _line(obx: Segment, repetition: int) -> str:
    parts = obx.components(5, repetition)
    if obx.raw(2).strip() in ("CE", "CWE"):
        texts = [part[0] for part in parts[:2] if part[0]]
        return texts[-1] if texts else ""
    marks = obx.separators
    text = marks.component.join(marks.subcomponent.join(part) for part in parts)
    return text.rstrip()


def _heading(obx: Segment) -> str:
    parts = obx.components(3)
    codes = [sub.strip() for part in parts[:1] for sub in part]
    for code in reversed(codes):
        if code in tables.REPORT_SECTIONS:
            return tables.REPORT_SECTIONS[code]
    return ""


def _is_study_uid(obx: Segment) -> bool:
    named = {_value(obx, 3, 1).upper(), _value(obx, 3, 2).upper()}
    return bool(named & tables.STUDY_UID_CODES) or obx.raw(2).strip() in ("HD", "RP")


def _study_uid(observations: Iterable[Segment]) -> str:
    values = (_value(obx, 5) for obx in observations if _is_study_uid(obx))
    return next((value for value in values if is_uid(value)), "")
