"""PID to what we know of a patient: HL7 v2.5.1 3.4.2, for every message that carries a PID."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Final

from archive.patients.rules import Identifier, PatientFacts
from integrations.hl7.maps import names, nulls, rows, tables, times
from integrations.hl7.maps.pid2details import patient_details, repeated
from integrations.hl7.maps.rows import FieldMissing, Row, TooLong
from integrations.hl7.message import NULL, SegmentList

IDENTIFIER_MAX: Final = 64
SOCIAL_SECURITY: Final = frozenset({"SS", "SSN"})
"""Types of identifiers (HL7 table 0203) that are not kept where there is another."""

_PARTIAL: Final = (4, 6)  # YYYY, YYYYMM


def birth_date(segments: SegmentList, path: str, _zone: tzinfo) -> date | None:
    """Read a date; a year or a month alone is none."""
    return times.day(segments.get(path), field=path)


def birth_date_partial(segments: SegmentList, path: str, _zone: tzinfo) -> str:
    """Read a year or a month that stands where a date should."""
    value = segments.get(path).strip()
    return value if len(value) in _PARTIAL and value.isdigit() else ""


def sex(segments: SegmentList, path: str, _zone: tzinfo) -> str | None:
    """Read an administrative sex as DICOM has it; what it has no letter for says nothing."""
    return tables.SEX.get(segments.get(path).upper())


EVENT_TIME: Final = (
    Row(
        ours="event_at",
        paths=("EVN-6.1", "EVN-2.1", "MSH-7.1"),
        kind=rows.tolerated_moment,
        note="the sender's clock; compared within one sender only",
    ),
)

SENDER: Final = (
    Row(ours="application", paths=("MSH-3.1",), kind=rows.text),
    Row(ours="facility", paths=("MSH-4.1",), kind=rows.text),
)

WHO: Final = (
    Row(ours="identifiers", paths=("PID-3",), kind=repeated, note="never cleared"),
    Row(ours="names", paths=("PID-5",), kind=repeated, note="never cleared"),
    Row(ours="aliases", paths=("PID-9",), kind=repeated),
)

PERSON: Final = (
    Row(ours="birth_date", paths=("PID-7",), kind=birth_date),
    Row(ours="birth_date_partial", paths=("PID-7",), kind=birth_date_partial),
    Row(ours="sex", paths=("PID-8",), kind=sex, table="0001"),
    Row(ours="account_number", paths=("PID-18",), kind=rows.text, longest=64, cut=True),
)

PRIOR: Final = (
    Row(ours="identifiers", paths=("MRG-1",), kind=repeated),
    Row(ours="moved_from", paths=("MRG-4",), kind=repeated, note="v2.3.1, ADT^A43"),
)


def patient_facts(
    message: SegmentList, *, default_issuer: str, needs_name: bool = False, zone: tzinfo = UTC
) -> PatientFacts:
    """Return what PID says, and what AL1, IAM and NTE beside it do.

    Raises:
        SegmentMissing: there is no PID.
        FieldMissing: PID-3 is empty, or PID-5 where `needs_name`.
        BadTime: PID-7 is no date.
    """
    rows.require(message, "PID")
    who = rows.read(WHO, message, zone=UTC)
    identifiers = _identifiers(who.get("identifiers", []), default_issuer, field="PID-3")
    if not identifiers:
        raise FieldMissing("PID-3 is empty", field="PID-3")
    called = names.patient_names(who.get("names", []), who.get("aliases", []))
    if needs_name and not called.name and message.get("PID-5") != NULL:
        raise FieldMissing("PID-5 is empty", field="PID-5")
    found = rows.read(PERSON, message, zone=UTC)
    cleared = nulls.cleared(PERSON, message)
    return PatientFacts(
        identifiers=identifiers,
        name=called.name or None,
        birth_date=found.get("birth_date"),
        birth_date_partial=found.get("birth_date_partial", ""),
        clear_birth_date="birth_date" in cleared,
        sex=found.get("sex", "" if "sex" in cleared else None),
        account_number=found.get("account_number", "" if "account_number" in cleared else None),
        details=patient_details(message, called, zone=zone),
    )


def prior_identifiers(message: SegmentList, *, default_issuer: str) -> tuple[Identifier, ...]:
    """Return whom MRG-1 names: who goes, or the number that is changed (HL7 v2.5.1 3.4.9).

    Raises:
        SegmentMissing: there is no MRG.
        FieldMissing: MRG-1 is empty.
    """
    rows.require(message, "MRG")
    found = rows.read(PRIOR, message, zone=UTC)
    identifiers = _identifiers(found.get("identifiers", []), default_issuer, field="MRG-1")
    if not identifiers:
        raise FieldMissing("MRG-1 is empty", field="MRG-1")
    return identifiers


def moved_from(message: SegmentList, *, default_issuer: str) -> tuple[Identifier, ...]:
    """Return whose the moved identifier was, as v2.3.1 says it (MRG-4); none where it does not."""
    found = rows.read(PRIOR, message, zone=UTC)
    return _identifiers(found.get("moved_from", []), default_issuer, field="MRG-4")


def event_at(message: SegmentList, *, zone: tzinfo) -> datetime | None:
    """Return when the event happened, by the sender's clock (EVN-6, EVN-2, MSH-7)."""
    found: datetime | None = rows.read(EVENT_TIME, message, zone=zone).get("event_at")
    return found


def sender(message: SegmentList) -> str:
    """Return whose clock the times of the message are: the sending application and facility."""
    found = rows.read(SENDER, message, zone=UTC)
    return f"{found.get('application', '')}|{found.get('facility', '')}"


@dataclass(frozen=True)
class PatientRemark:
    """What the sender of a PID should look at: words, a condition of table 0357, the place."""

    text: str
    condition: str
    field: str


def remarks(message: SegmentList) -> tuple[PatientRemark, ...]:
    """Return what is missing, was not taken, or was shortened."""
    found = [
        PatientRemark(f"{path} is empty", "101", path)
        for path in ("EVN-2", "PID-7", "PID-8")
        if not message.get(path)
    ]
    said = rows.read(WHO, message, zone=UTC)
    for path, repetitions in (("PID-3", said.get("identifiers")), ("PID-5", said.get("names"))):
        if any(parts and parts[0][0] == NULL for parts in repetitions or ()):
            text = f"{path} cannot be cleared; what is stored stays"
            found.append(PatientRemark(text, "0", path))
    if names.patient_names(said.get("names", [])).shortened:
        found.append(PatientRemark("the name is longer than 64 characters", "0", "PID-5"))
    return tuple(found)


def _identifiers(
    repetitions: Sequence[Sequence[Sequence[str]]], default_issuer: str, *, field: str
) -> tuple[Identifier, ...]:
    found: dict[tuple[str, str], Identifier] = {}
    for parts in repetitions:
        value = _first(parts, 0)
        if not value:
            continue
        namespace, universal_id, kind = (_first(parts, 3, number) for number in range(3))
        issuer = namespace or universal_id or default_issuer
        if len(value) > IDENTIFIER_MAX or len(issuer) > IDENTIFIER_MAX:
            raise TooLong(f"{field} is longer than {IDENTIFIER_MAX} characters", field=field)
        found.setdefault(
            (value, issuer),
            Identifier(
                value=value,
                issuer=issuer,
                type_code=_first(parts, 4)[:8],
                universal_id=universal_id[:199] if universal_id else "",
                universal_id_type=kind[:6] if universal_id else "",
            ),
        )
    kept = tuple(i for i in found.values() if i.type_code.upper() not in SOCIAL_SECURITY)
    return kept or tuple(found.values())


def _first(parts: Sequence[Sequence[str]], component: int, subcomponent: int = 0) -> str:
    """Return one subcomponent; the null value names nobody."""
    if component >= len(parts) or subcomponent >= len(parts[component]):
        return ""
    text = parts[component][subcomponent].strip()
    return "" if text == NULL else text
