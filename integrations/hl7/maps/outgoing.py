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
SWITCHING: Final = "ISO 2022-1994"  # table 0356
WITHOUT_STRUCTURE: Final = ("2.1", "2.2", "2.3")  # MSH-9.3 came with 2.3.1, MSH-18 with 2.3
WITHOUT_CHARACTER_SET: Final = ("2.1", "2.2")


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
    character_set: str = ""  # sets parted by ~ are switched between
    processing_id: str = "P"
    enhanced: bool = False  # asks for a commit acknowledgement, then the application's

    def since(self, version: str) -> bool:
        """Say whether the receiver's version is `version` or later."""
        return _number(self.version) >= _number(version)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


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
    attending_physician_name: str = ""
    referring_physician_name: str = ""
    admitted_at: datetime | None = None


def header(envelope: Envelope, *, code: str, event: str, structure: str) -> str:
    """Write MSH, in the form of the receiver's version."""
    sets = envelope.character_set.split("~")
    fields: dict[int, Value] = {
        3: SENDING_APPLICATION,
        4: envelope.sending_facility,
        5: envelope.receiving_application,
        6: envelope.receiving_facility,
        7: times.written(envelope.at, zone=envelope.zone),
        9: (code, event) if envelope.version in WITHOUT_STRUCTURE else (code, event, structure),
        10: envelope.control_id,
        11: envelope.processing_id,
        12: envelope.version,
    }
    if envelope.enhanced and envelope.since("2.2"):
        fields |= {15: "AL", 16: "AL"}
    if envelope.character_set and envelope.version not in WITHOUT_CHARACTER_SET:
        fields[18] = Repeats(tuple(sets))
    if len(sets) > 1 and envelope.since("2.3.1"):
        fields[20] = SWITCHING
    return build_segment("MSH", fields)


def event(envelope: Envelope, *, code: str, at: datetime | None = None) -> str:
    """Write EVN; EVN-6 is when it happened, EVN-2 when it was recorded."""
    fields: dict[int, Value] = {1: code, 2: times.written(envelope.at, zone=envelope.zone)}
    if at is not None and envelope.since("2.3"):
        fields[6] = times.written(at, zone=envelope.zone)
    return build_segment("EVN", fields)


def patient(person: Person, *, version: str = "2.5.1") -> str:
    """Write PID: the name in each script it is known in.

    Raises:
        Incomplete: the patient has no identifier or no name.
    """
    if not person.identifiers:
        raise Incomplete("the patient has no identifier", field="PID-3")
    spelt = names.xpns(person.name)
    if not spelt:
        raise Incomplete("the patient has no name", field="PID-5")
    if version in WITHOUT_CHARACTER_SET:  # PN: without type and representation, once
        spelt = [spelt[0][:6]]
    return build_segment(
        "PID",
        {
            1: "1",
            3: identifiers(person.identifiers),
            5: Repeats(tuple(spelt)),
            7: times.written_day(person.birth_date),
            8: person.sex or "U",
            18: _typed(person.account_number, "AN", version),
        },
    )


def _typed(number: str, kind: str, version: str) -> Value:
    """Write a CX without an authority; from 2.7 it says its type (table 0203)."""
    return (number, "", "", "", kind) if number and _number(version) >= (2, 7) else number


def identifiers(rows: tuple[tuple[str, str, str], ...]) -> Value:
    """Write a list of identifiers (CX)."""
    return Repeats(tuple((value, "", "", issuer, kind or "MR") for value, issuer, kind in rows))


def visit(facts: Visit, envelope: Envelope) -> str:
    """Write PV1."""
    admitted = facts.admitted_at
    return build_segment(
        "PV1",
        {
            1: "1",
            2: facts.patient_class or UNKNOWN_CLASS,
            3: facts.location,
            7: _physician(facts.attending_physician_name),
            8: _physician(facts.referring_physician_name),
            19: _typed(facts.visit_number, "VN", envelope.version),
            44: times.written(admitted, zone=envelope.zone) if admitted is not None else "",
        },
    )


def _physician(name: str) -> Value:
    return names.xcn("", name) if name else ""
