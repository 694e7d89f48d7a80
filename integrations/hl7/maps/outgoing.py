"""What every outgoing message begins with: MSH, PID, PV1 (HL7 v2.5.1 2.15.9, 3.4.2, 3.4.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Final

from integrations.hl7.maps import names, times
from integrations.hl7.message import Repeats, Value, build_segment
from pacs_hub.kernel.errors import Malformed

SENDING_APPLICATION: Final = "PACSHUB"
UNKNOWN_CLASS: Final = "U"


class Incomplete(Malformed):
    """What a message must say is not known; it is not sent half empty."""

    code = "incomplete-message"


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """Who sends to whom, when, and under which control id."""

    control_id: str
    at: datetime
    zone: tzinfo
    sending_facility: str
    receiving_application: str
    receiving_facility: str
    version: str = "2.5.1"
    character_set: str = ""
    processing_id: str = "P"


@dataclass(frozen=True, kw_only=True)
class Person:
    """The patient: identifiers as (value, issuer, type), name as a DICOM PN."""

    identifiers: tuple[tuple[str, str, str], ...]
    name: str
    birth_date: date | None = None
    sex: str = ""
    account_number: str = ""


@dataclass(frozen=True, kw_only=True)
class Visit:
    """The visit an order belongs to."""

    patient_class: str = ""
    location: str = ""
    visit_number: str = ""
    referring_physician_name: str = ""


def header(envelope: Envelope, *, code: str, event: str, structure: str) -> str:
    """Write MSH."""
    return build_segment(
        "MSH",
        {
            3: SENDING_APPLICATION,
            4: envelope.sending_facility,
            5: envelope.receiving_application,
            6: envelope.receiving_facility,
            7: times.written(envelope.at, zone=envelope.zone),
            9: (code, event, structure),
            10: envelope.control_id,
            11: envelope.processing_id,
            12: envelope.version,
            18: envelope.character_set,
        },
    )


def patient(person: Person) -> str:
    """Write PID.

    Raises:
        Incomplete: the patient has no identifier or no name.
    """
    if not person.identifiers:
        raise Incomplete("the patient has no identifier", field="PID-3")
    if not person.name:
        raise Incomplete("the patient has no name", field="PID-5")
    identifiers: tuple[Value, ...] = tuple(
        (value, "", "", issuer, kind or "MR") for value, issuer, kind in person.identifiers
    )
    return build_segment(
        "PID",
        {
            1: "1",
            3: Repeats(identifiers),
            5: [*names.xpn(person.name), "", "L"],
            7: times.written_day(person.birth_date),
            8: person.sex or "U",
            18: person.account_number,
        },
    )


def visit(facts: Visit) -> str:
    """Write PV1."""
    return build_segment(
        "PV1",
        {
            1: "1",
            2: facts.patient_class or UNKNOWN_CLASS,
            3: facts.location,
            8: names.xcn("", facts.referring_physician_name)
            if facts.referring_physician_name
            else "",
            19: facts.visit_number,
        },
    )
