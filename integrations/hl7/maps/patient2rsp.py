"""Patients found to the segments of RSP^K22 and RSP^K23 (ITI-21, ITI-9; HL7 v2.5.1 3.3.57)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final, Literal

from integrations.hl7.maps import names, outgoing, times
from integrations.hl7.maps.outgoing import Person
from integrations.hl7.message import Message, Repeats, Separators, Value, build_segment

QueryStatus = Literal["OK", "NF", "AE", "AR"]
NO_NAME: Final[Value] = Repeats(("", ("", "", "", "", "", "", "S")))
"""PID-5 where no name is told: an empty repetition and a pseudonym (ITI-9)."""


@dataclass(frozen=True, kw_only=True)
class VisitTold:
    """A visit, as the variant of PDQ for visits tells it (ITI-22)."""

    number: str
    authority: str = ""
    patient_class: str = ""
    location: str = ""
    attending_physician_name: str = ""
    referring_physician_name: str = ""
    admitted_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a query is answered: its status, those found, and where to go on.

    `visits` are those of each person, where they are asked for.
    """

    status: QueryStatus
    people: tuple[Person, ...] = ()
    pointer: str = ""
    visits: tuple[tuple[VisitTold, ...], ...] = ()


def segments(
    message: Message, found: Found, *, with_name: bool = True, zone: tzinfo = UTC
) -> tuple[str, ...]:
    """Write QAK, QPD as it was asked, a PID for each person, and DSC where there is more.

    A person is told once for each visit, where these are asked for.
    """
    marks = message.separators
    event = message.get("MSH-9.2") or "Q22"
    qpd = message.first("QPD")
    name = qpd.components(1) if qpd is not None else []
    asked: Value = [sub[0] for sub in name] or event
    qak = build_segment("QAK", {1: message.get("QPD-2"), 2: found.status, 3: asked}, marks=marks)
    lines = [qak, *([qpd.text] if qpd is not None else [])]
    if found.visits:
        lines += _stays(found, marks, zone=zone)
    else:
        lines += people(found.people, marks, with_name=with_name)
    if found.pointer:
        lines.append(build_segment("DSC", {1: found.pointer, 2: "I"}, marks=marks))
    return tuple(lines)


def people(found: Iterable[Person], marks: Separators, *, with_name: bool = True) -> list[str]:
    """Write a PID for each person."""
    return [
        build_segment("PID", _pid(number, person, with_name=with_name), marks=marks)
        for number, person in enumerate(found, 1)
    ]


def _stays(found: Found, marks: Separators, *, zone: tzinfo) -> list[str]:
    lines: list[str] = []
    pairs = zip(found.people, found.visits, strict=True)
    stays = [(person, visit) for person, visits in pairs for visit in visits]
    for number, (person, visit) in enumerate(stays, 1):
        lines.append(build_segment("PID", _pid(number, person, with_name=True), marks=marks))
        lines.append(build_segment("PV1", _pv1(number, visit, zone), marks=marks))
    return lines


def _pv1(number: int, visit: VisitTold, zone: tzinfo) -> dict[int, Value]:
    attending, referring = visit.attending_physician_name, visit.referring_physician_name
    return {
        1: str(number),
        2: visit.patient_class or outgoing.UNKNOWN_CLASS,
        3: visit.location.split("^"),
        7: names.xcn("", attending) if attending else "",
        8: names.xcn("", referring) if referring else "",
        19: (visit.number, "", "", visit.authority),
        44: times.written(visit.admitted_at, zone=zone) if visit.admitted_at else "",
    }


def _pid(number: int, person: Person, *, with_name: bool) -> dict[int, Value]:
    spelt = names.xpns(person.name) if with_name else []
    fields: dict[int, Value] = {
        1: str(number),
        3: outgoing.identifiers(person.identifiers),
        5: Repeats(tuple(spelt)) if spelt else NO_NAME,
    }
    if with_name:
        fields |= {
            7: times.written_day(person.birth_date),
            8: person.sex or "U",
            18: person.account_number,
        }
    return fields
