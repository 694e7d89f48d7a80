"""PID to what we know of a patient: HL7 v2.5.1 3.4.2, for every message that carries a PID."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Final

from archive.patients.rules import Identifier, PatientFacts
from integrations.hl7.maps import names, rows, tables, times
from integrations.hl7.maps.rows import FieldMissing, Row, TooLong
from integrations.hl7.message import NULL, Segment, SegmentList

IDENTIFIER_MAX: Final = 64

EVENT_TIME: Final = (
    Row(
        ours="event_at",
        paths=("EVN-6.1", "EVN-2.1", "MSH-7.1"),
        kind=rows.tolerated_moment,
        note="the sender's clock; compared within one sender only",
    ),
)


def patient_facts(
    message: SegmentList, *, default_issuer: str, needs_name: bool = False
) -> PatientFacts:
    """Return what PID says.

    Raises:
        SegmentMissing: there is no PID.
        FieldMissing: PID-3 is empty, or PID-5 where `needs_name`.
        BadTime: PID-7 is no date.
    """
    rows.require(message, "PID")
    pid = message.first("PID")
    assert pid is not None
    identifiers = _identifiers(pid, default_issuer)
    if not identifiers:
        raise FieldMissing("PID-3 is empty", field="PID-3")
    repetitions = [pid.components(5, n + 1) for n in range(len(pid.repetitions(5)))]
    name = names.patient_name(repetitions)
    if needs_name and not name and message.get("PID-5") != NULL:
        raise FieldMissing("PID-5 is empty", field="PID-5")
    sex = message.said("PID-8")
    return PatientFacts(
        identifiers=identifiers,
        name=name or None,
        birth_date=times.day(message.get("PID-7"), field="PID-7"),
        clear_birth_date=message.get("PID-7") == NULL,
        sex="" if sex == "" else tables.SEX.get((sex or "").upper()),
        account_number=message.said("PID-18"),
    )


def event_at(message: SegmentList, *, zone: tzinfo) -> datetime | None:
    """Return when the event happened, by the sender's clock (EVN-6, EVN-2, MSH-7)."""
    found: datetime | None = rows.read(EVENT_TIME, message, zone=zone).get("event_at")
    return found


def _identifiers(pid: Segment, default_issuer: str) -> tuple[Identifier, ...]:
    found: dict[tuple[str, str], Identifier] = {}
    for number in range(1, len(pid.repetitions(3)) + 1):
        parts = pid.components(3, number)
        value = parts[0][0].strip() if parts else ""
        if not value or value == NULL:
            continue
        authority = [sub.strip() for sub in (parts[3] if len(parts) > 3 else [])]
        issuer = next((sub for sub in authority if sub and sub != NULL), default_issuer)
        if len(value) > IDENTIFIER_MAX or len(issuer) > IDENTIFIER_MAX:
            raise TooLong(f"PID-3 is longer than {IDENTIFIER_MAX} characters", field="PID-3")
        code = parts[4][0].strip()[:8] if len(parts) > 4 else ""
        found.setdefault((value, issuer), Identifier(value=value, issuer=issuer, type_code=code))
    return tuple(found.values())
