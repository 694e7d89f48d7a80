"""A report to ORU^R01: its text, and a PDF of it (HL7 v2.5.1 7.3.1, OBX 7.4.2, ED 2.A.24)."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from integrations.hl7.maps import names, outgoing, times
from integrations.hl7.maps.outgoing import Envelope, Incomplete, Person, Visit
from integrations.hl7.maps.step2status import StatusFacts, common_order, observation_request
from integrations.hl7.message import Value, build_message, build_segment

RESULT_STATUS: Final[dict[str, str]] = {
    "registered": "I",
    "partial": "A",
    "preliminary": "P",
    "final": "F",
    "amended": "C",
    "appended": "C",
    "cancelled": "X",
    "entered_in_error": "X",
}
"""Status of a report to OBR-25 and OBX-11 (tables 0123, 0085)."""

REPORT: Final = ("18748-4", "Diagnostic imaging study", "LN")
STUDY: Final = ("113014", "DICOM Study", "DCM")


@dataclass(frozen=True, kw_only=True)
class ReportFacts:
    """One version of a report. `pdf` is empty where none was made."""

    status: str
    text: str
    interpreter: str
    observed_at: datetime | None
    reported_at: datetime
    pdf: bytes = b""


def oru_r01(
    *, envelope: Envelope, person: Person, visit: Visit, order: StatusFacts, report: ReportFacts
) -> str:
    """Write the whole message.

    Raises:
        Incomplete: nothing says which order it is about, or the report says nothing.
    """
    if not report.text.strip():
        raise Incomplete("the report has no text", field="OBX-5")
    status = RESULT_STATUS[report.status]
    reported = times.written(report.reported_at, zone=envelope.zone)
    more: dict[int, Value] = {22: reported, 25: status}
    if report.observed_at is not None:
        more[7] = times.written(report.observed_at, zone=envelope.zone)
    if report.interpreter and envelope.since("2.3"):  # NDL: the name within the first component
        more[32] = [names.xcn("", report.interpreter)]
    return build_message(
        [
            outgoing.header(envelope, code="ORU", event="R01", structure="ORU_R01"),
            outgoing.patient(person, version=envelope.version),
            outgoing.visit(visit, envelope),
            common_order(order, envelope, control="RE"),
            observation_request(order, envelope, more=more),
            *_observations(report, order, status=status, at=reported, envelope=envelope),
        ]
    )


def _observations(
    report: ReportFacts, order: StatusFacts, *, status: str, at: str, envelope: Envelope
) -> list[str]:
    found = [observation(1, "TX", REPORT, report.text, status=status, at=at)]
    if order.study_instance_uid and envelope.since("2.3"):
        uid = order.study_instance_uid
        found.append(observation(len(found) + 1, "HD", STUDY, uid, status=status, at=at))
    if report.pdf and envelope.since("2.3"):
        data = base64.b64encode(report.pdf).decode("ascii")
        content = (outgoing.SENDING_APPLICATION, "application", "pdf", "Base64", data)
        found.append(observation(len(found) + 1, "ED", REPORT, content, status=status, at=at))
    return found


def observation(
    number: int, kind: str, code: tuple[str, str, str], value: Value, *, status: str, at: str = ""
) -> str:
    """Write one OBX."""
    fields: dict[int, Value] = {1: str(number), 2: kind, 3: code, 5: value, 11: status, 14: at}
    return build_segment("OBX", fields)
