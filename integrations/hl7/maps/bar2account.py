"""PID-18, PV1, GT1, IN1 to IN3 and DG1 to an account and who pays: HL7 v2.5.1 chapter 6."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, tzinfo
from typing import Final

from integrations.hl7.maps import adt2visit, names, nulls, rows, tables, times
from integrations.hl7.maps.adt2patient import event_at
from integrations.hl7.maps.rows import FieldMissing, Row
from integrations.hl7.message import SegmentList
from worklist.accounts.rules import AccountFacts, Told

_SET_ID: Final = re.compile(r"[0-9]{1,4}")  # SI: 2.A.67


def day(segments: SegmentList, path: str, _zone: tzinfo) -> date | None:
    """Read a date; one that cannot be read says nothing: nobody is billed by it alone."""
    try:
        return times.day(segments.get(path), field=path)
    except times.BadTime:
        return None


def person(segments: SegmentList, path: str, _zone: tzinfo) -> str:
    """Read an XPN as a DICOM PN."""
    return names.patient_name([rows.components(segments, path)])


def sex(segments: SegmentList, path: str, zone: tzinfo) -> str:
    """Read a sex of table 0001."""
    return tables.SEX.get(rows.text(segments, path, zone).upper(), "")


def _text(ours: str, *paths: str, longest: int) -> Row:
    return Row(ours=ours, paths=paths, kind=rows.text, longest=longest, cut=True)


def _joined(ours: str, path: str, longest: int) -> Row:
    return Row(ours=ours, paths=(path,), kind=rows.joined, longest=longest, cut=True)


ACCOUNT: Final = (
    Row(
        ours="number",
        paths=("PID-18.1", "PV1-19.1"),
        kind=rows.text,
        longest=64,
        required=True,
        note="senders without accounts bill by the visit",
    ),
    _text("patient_class", "PV1-2.1", longest=8),
    _text("financial_class", "PV1-20.1", longest=64),
)
AUTHORITY: Final = (_text("authority", "PID-18.4", longest=64),)
VISIT_AUTHORITY: Final = (_text("authority", "PV1-19.4", longest=64),)
ENDED: Final = (Row(ours="ended_at", paths=("PV1-45.1",), kind=rows.tolerated_moment),)

GUARANTOR: Final = (
    _text("number", "GT1-2.1", longest=64),
    Row(ours="name", paths=("GT1-3.1",), kind=person),
    _joined("address", "GT1-5.1", 300),
    _text("phone", "GT1-6.1", "GT1-6.12", longest=64),
    Row(ours="birth_date", paths=("GT1-8.1",), kind=day),
    Row(ours="sex", paths=("GT1-9.1",), kind=sex, table="0001"),
    _text("kind", "GT1-10.1", longest=32),
    _text("relationship", "GT1-11.2", "GT1-11.1", longest=64),
    _text("employer", "GT1-16.1", "GT1-21.1", longest=120),
)

COVERAGE: Final = (
    _text("plan_id", "IN1-2.1", longest=64),
    _text("plan_name", "IN1-2.2", longest=120),
    _text("company_id", "IN1-3.1", longest=64),
    _text("company_name", "IN1-4.1", longest=120),
    _joined("company_address", "IN1-5.1", 300),
    _text("group_number", "IN1-8.1", longest=64),
    _text("group_name", "IN1-9.1", longest=120),
    Row(ours="effective_on", paths=("IN1-12.1",), kind=day),
    Row(ours="expires_on", paths=("IN1-13.1",), kind=day),
    _text("authorization_number", "IN1-14.1", longest=64),
    _text("plan_type", "IN1-15.1", longest=32),
    Row(ours="insured_name", paths=("IN1-16.1",), kind=person),
    _text("insured_relationship", "IN1-17.2", "IN1-17.1", longest=64),
    Row(ours="insured_birth_date", paths=("IN1-18.1",), kind=day),
    Row(ours="insured_sex", paths=("IN1-43.1",), kind=sex, table="0001"),
    _text("insured_id", "IN1-49.1", "IN2-1.1", "IN2-6.1", "IN2-8.1", longest=64),
    _text("coordination", "IN1-22.1", longest=16),
    _text("policy_number", "IN1-36.1", longest=64),
    _text("employer", "IN1-11.1", "IN2-3.2", longest=120),
    _text("certification_number", "IN3-2.1", longest=64),
    Row(ours="certified_from", paths=("IN3-6.1", "IN3-14.1"), kind=day),
    Row(ours="certified_until", paths=("IN3-7.1", "IN3-15.1"), kind=day),
)

DIAGNOSIS: Final = (
    _text("code", "DG1-3.1", longest=64),
    _text("scheme", "DG1-3.3", "DG1-2.1", longest=32),
    _text("text", "DG1-4.1", "DG1-3.2", longest=300),
    _text("kind", "DG1-6.1", longest=8),
    _text("priority", "DG1-15.1", longest=8),
    Row(ours="made_at", paths=("DG1-5.1",), kind=rows.tolerated_moment),
)


def has_payers(segments: SegmentList) -> bool:
    """Say whether a message tells who pays: an ADT may, beside the visit."""
    return any(segments.first(name) is not None for name in ("GT1", "IN1"))


def account_facts(segments: SegmentList, *, zone: tzinfo) -> AccountFacts:
    """Return what the message says of an account; a list without a segment was not told.

    Raises:
        FieldMissing: neither PID-18 nor PV1-19 is valued.
    """
    said = rows.read(ACCOUNT, segments, zone=zone)
    own = segments.get_first("PID-18.1")
    said |= rows.read(AUTHORITY if own else VISIT_AUTHORITY, segments, zone=zone)
    if not said["number"]:
        raise FieldMissing("PID-18 is empty", field="PID-18")
    return AccountFacts(
        **said,
        **rows.read(ENDED, segments, zone=zone),
        guarantors=_told(GUARANTOR, segments.groups("GT1"), "GT1-1", zone=zone),
        coverages=_told(COVERAGE, segments.groups("IN1"), "IN1-1", zone=zone),
        diagnoses=_told(DIAGNOSIS, segments.groups("DG1"), "DG1-1", zone=zone),
        cleared=nulls.cleared(ACCOUNT, segments) - {"number"},
        event_at=event_at(segments, zone=zone),
        sender=adt2visit.sender(segments, zone=zone),
    )


def _told(
    table: tuple[Row, ...], groups: Iterable[SegmentList], place: str, *, zone: tzinfo
) -> tuple[Told, ...] | None:
    """Return the rows of a list; None where none was told."""
    told = []
    for group in groups:
        number = group.get(place).strip()
        told.append(
            Told(
                position=int(number) if _SET_ID.fullmatch(number) else 0,
                fields=rows.read(table, group, zone=zone),
                cleared=nulls.cleared(table, group),
            )
        )
    return tuple(told) or None
