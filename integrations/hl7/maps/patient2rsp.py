"""Patients found to the segments of RSP^K22 and RSP^K23 (ITI-21, ITI-9; HL7 v2.5.1 3.3.57)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from integrations.hl7.maps import names, outgoing, times
from integrations.hl7.maps.outgoing import Person
from integrations.hl7.message import Message, Repeats, Separators, Value, build_segment

QueryStatus = Literal["OK", "NF", "AE", "AR"]
NO_NAME: Final[Value] = Repeats(("", ("", "", "", "", "", "", "S")))
"""PID-5 where no name is told: an empty repetition and a pseudonym (ITI-9)."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a query is answered: its status, those found, and where to go on."""

    status: QueryStatus
    people: tuple[Person, ...] = ()
    pointer: str = ""


def segments(message: Message, found: Found, *, with_name: bool = True) -> tuple[str, ...]:
    """Write QAK, QPD as it was asked, a PID for each person, and DSC where there is more."""
    marks = message.separators
    event = message.get("MSH-9.2") or "Q22"
    qpd = message.first("QPD")
    name = qpd.components(1) if qpd is not None else []
    asked: Value = [sub[0] for sub in name] or event
    qak = build_segment("QAK", {1: message.get("QPD-2"), 2: found.status, 3: asked}, marks=marks)
    lines = [qak, *([qpd.text] if qpd is not None else [])]
    lines += _people(found.people, marks, with_name=with_name)
    if found.pointer:
        lines.append(build_segment("DSC", {1: found.pointer, 2: "I"}, marks=marks))
    return tuple(lines)


def _people(people: Iterable[Person], marks: Separators, *, with_name: bool) -> list[str]:
    return [
        build_segment("PID", _pid(number, person, with_name=with_name), marks=marks)
        for number, person in enumerate(people, 1)
    ]


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
