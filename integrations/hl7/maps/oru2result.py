"""OBR and OBX to a report: HL7 v2.5.1 7.3.1, 7.4.1, 7.4.2."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from integrations.hl7.maps import orm2order, rows, tables
from integrations.hl7.maps.obx2section import Observed, observed
from integrations.hl7.maps.oru2document import EmbeddedDocument
from integrations.hl7.maps.rows import FieldMissing, Row, SegmentMissing
from integrations.hl7.message import SegmentList
from pacs_hub.kernel.errors import Malformed
from worklist.results.rules import WITHDRAWN, ResultFacts

REPORT: Final = (
    Row(ours="status", paths=("OBR-25.1",), kind=rows.text, table="0123", note="else OBX-11"),
    Row(ours="number", paths=("OBR-3.1", "ORC-3.1"), kind=rows.text, longest=75),
    Row(ours="placer_order_number", paths=("OBR-2.1", "ORC-2.1"), kind=rows.text, longest=75),
    Row(ours="placer_namespace", paths=("OBR-2.2", "ORC-2.2"), kind=rows.text, longest=75),
    Row(ours="filler_order_number", paths=("OBR-3.1", "ORC-3.1"), kind=rows.text, longest=75),
    Row(ours="filler_namespace", paths=("OBR-3.2", "ORC-3.2"), kind=rows.text, longest=75),
    Row(
        ours="accession_number",
        paths=("IPC-1.1", "OBR-18.1"),
        kind=orm2order.accession_number,
        longest=16,
    ),
    Row(ours="study_instance_uid", paths=("ZDS-1.1",), kind=orm2order.uid, note="else an OBX"),
    Row(
        ours="title", paths=("OBR-4.2", "OBR-4.5", "OBR-4.1"), kind=rows.text, longest=120, cut=True
    ),
    Row(ours="versioned_at", paths=("OBR-22.1",), kind=rows.tolerated_moment),
    Row(ours="reported_at", paths=("OBR-22.1", "OBX-14.1", "MSH-7.1"), kind=rows.tolerated_moment),
    Row(ours="observed_at", paths=("OBR-7.1",), kind=rows.tolerated_moment),
    Row(ours="interpreter", paths=("OBR-32",), kind=rows.interpreter_name),
)

ATTACHED: Final = "The report is the attached document (SHA-256 {digests})."
"""Text of a report that is sent as a file alone; another file is another text."""
NUMBERS: Final = (
    "placer_order_number",
    "filler_order_number",
    "accession_number",
    "study_instance_uid",
)


class BrokenAttachment(Malformed):
    """A report that is a file alone, and the file cannot be read."""

    code = "broken-attachment"


class NotAResultStatus(Malformed):
    """OBR-25 is not a status a report can be filed under."""

    code = "not-in-table"


@dataclass(frozen=True, kw_only=True)
class Report:
    """One OBR group or one document: what is filed, its files, and whose numbers it goes by."""

    facts: ResultFacts
    documents: tuple[EmbeddedDocument, ...] = ()
    placer_namespace: str = ""
    filler_namespace: str = ""


def reports(message: SegmentList, *, zone: tzinfo, now: datetime) -> list[Report]:
    """Return the reports of a message, one for each OBR that says something.

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
    told = [report for report in found if _says_something(report.facts)]
    if not told:
        raise SegmentMissing("there is no OBX segment with a text", field="OBX")
    return told


def _says_something(facts: ResultFacts) -> bool:
    no_text_needed = facts.status == "registered" or facts.status in WITHDRAWN
    return bool(facts.text) or facts.keeps_text or no_text_needed


def _report(part: SegmentList, *, zone: tzinfo, now: datetime) -> Report:
    found = rows.read(REPORT, part, zone=zone)
    said = observed(part.all("OBX"))
    found["status"] = _status(found.pop("status", "").upper(), said)
    found["study_instance_uid"] = said.study_instance_uid or found.get("study_instance_uid", "")
    found.setdefault("reported_at", now)
    if not any(found.get(key) for key in NUMBERS):
        raise FieldMissing("OBR-3, OBR-2 and OBR-18 are empty", field="OBR-3")
    return as_report(found, said)


def _status(code: str, said: Observed) -> str:
    """Return OBR-25, or what the OBX say where it is empty or they are all withdrawn."""
    if said.is_withdrawn:
        return "entered_in_error"
    if not code and said.statuses:
        return tables.OBSERVATION_STATUS.get(said.statuses[0], "") or _refused(code)
    return tables.RESULT_STATUS.get(code) or _refused(code)


def _refused(code: str) -> str:
    kind = NotAResultStatus if code else FieldMissing
    raise kind("OBR-25 is not a status of a report", field="OBR-25")


def as_report(found: Mapping[str, Any], said: Observed) -> Report:
    """Put together what the segment of the report and its OBX say.

    Raises:
        BrokenAttachment: there is no text, and no file in it can be read.
    """
    facts = dict(found)
    namespaces = {name: facts.pop(name, "") for name in ("placer_namespace", "filler_namespace")}
    text = said.text
    if not text and said.documents and facts["status"] not in WITHDRAWN:
        if all(document.error for document in said.documents):
            raise BrokenAttachment(said.documents[0].error, field="OBX-5")
        digests = (hashlib.sha256(d.content).hexdigest()[:12] for d in said.documents)
        text = ATTACHED.format(digests=", ".join(digests))
    return Report(
        facts=ResultFacts(
            **facts,
            text=text,
            sections=said.sections,
            references=said.references,
            keeps_text=not text and "U" in said.statuses,
        ),
        documents=said.documents,
        **namespaces,
    )
