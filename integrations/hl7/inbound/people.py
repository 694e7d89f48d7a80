"""Who somebody is: patient demographics (PDQ, ITI-21) and cross-references (PIX, ITI-9).

Only a link that may ask is answered; each answer is audited, and nothing is changed by one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, tzinfo
from typing import Final

from archive.models import Patient
from archive.patients import queries as patients
from archive.patients.rules import UNIDENTIFIED
from integrations.hl7.inbound.context import Context, Effect, Outcome, Reply
from integrations.hl7.maps import patient2rsp, qpd2query
from integrations.hl7.maps.outgoing import Person
from integrations.hl7.maps.patient2rsp import Found
from integrations.hl7.message import Message
from pacs_hub.audit import services as audit

STRUCTURES: Final = {"K22": "RSP_K21", "K23": "RSP_K23", "ZV2": "RSP_ZV2", "A19": "ADR_A19"}
ASKED: Final = {"K22": "PDQ", "K23": "PIX", "ZV2": "PDQ with visits", "A19": "QRY^A19"}
POINTER: Final = "people-"
"""DSC-1 is this and the id of the last patient told: nothing is kept between two questions."""


def find_people(message: Message, context: Context) -> Outcome:
    """Answer QBP^Q22 with those who match, at most RCP-2 of them."""
    if not context.peer.habits.queries:
        return refused(message, context, event="K22")
    query = qpd2query.person_query(message, wildcards=context.peer.habits.wildcards)
    for number, issuer in enumerate(query.keys.issuers, 1):
        if not patients.is_issuer(issuer):
            return _unknown(message, context, event="K22", place=f"QPD-8({number})")
    rows = patients.find_people(query.keys, after=query.after, limit=query.limit + 1)
    told, more = rows[: query.limit], len(rows) > query.limit
    found = Found(
        status="OK" if told else "NF",
        people=tuple(person(row, query.keys.issuers) for row in told),
        pointer=f"{POINTER}{told[-1].pk}" if more else "",
    )
    return answered(message, context, found, event="K22")


def cross_references(message: Message, context: Context) -> Outcome:
    """Answer QBP^Q23 with the other identifiers of the patient who has this one."""
    if not context.peer.habits.queries:
        return refused(message, context, event="K23")
    query = qpd2query.cross_reference(message)
    if not patients.is_issuer(query.issuer):
        return _unknown(message, context, event="K23", place="QPD-3.4")
    patient = patients.find_by_identifier(value=query.identifier, issuer=query.issuer)
    if patient is None:
        return _unknown(message, context, event="K23", place="QPD-3.1")
    for number, issuer in enumerate(query.wanted, 1):
        if not patients.is_issuer(issuer):
            return _unknown(message, context, event="K23", place=f"QPD-4({number})")
    known = person(patient, query.wanted)
    asked = (query.identifier, query.issuer)
    others = tuple(row for row in known.identifiers if row[:2] != asked)
    people = (Person(identifiers=others, name=known.name),) if others else ()
    found = Found(status="OK" if others else "NF", people=people)
    return answered(message, context, found, event="K23")


def forget(_message: Message, _context: Context) -> tuple[Effect, ...]:
    """Take QCN^J01: whoever asked wants no more of the answer; nothing was kept of it."""
    return (Effect("query", None, "the sender wants no more of an answer"),)


def person(row: Patient, issuers: tuple[str, ...]) -> Person:
    """Return what is told of a patient: the identifiers of these authorities, else all."""
    kept = [
        (each.value, each.issuer, each.type_code)
        for each in row.identifiers.all()
        if not each.retired_at
        and each.issuer != UNIDENTIFIED
        and (not issuers or each.issuer in issuers)
    ]
    order = {issuer: number for number, issuer in enumerate(issuers)}
    kept.sort(key=lambda each: order.get(each[1], 0))
    return Person(
        identifiers=tuple(kept),
        name=row.name,
        birth_date=row.birth_date,
        sex=row.sex,
        account_number=row.account_number,
    )


def answered(message: Message, context: Context, found: Found, *, event: str) -> Outcome:
    """Return the answer with those who were found."""
    reply = _reply(message, found, event=event, zone=context.zone)
    return outcome(context, reply, count_of(found.people))


def count_of(people: tuple[Person, ...]) -> str:
    """Return how many people are told, in words."""
    return f"{len(people)} {'person' if len(people) == 1 else 'people'} told"


def _unknown(message: Message, context: Context, *, event: str, place: str) -> Outcome:
    text = "nobody here has this" if place == "QPD-3.1" else "no such assigning authority here"
    reply = _reply(message, Found(status="AE"), event=event)
    failed = replace(reply, ack="AE", condition="204", field=place, text=text)
    return outcome(context, failed, f"{place}: {text}")


def refused(message: Message, context: Context, *, event: str) -> Outcome:
    """Return the answer to a link that may not ask."""
    text = "this system may not ask for patients"
    reply = _reply(message, Found(status="AR"), event=event)
    failed = replace(reply, ack="AR", condition="103", field="MSH-3", text=text)
    return outcome(context, failed, text)


def _reply(message: Message, found: Found, *, event: str, zone: tzinfo = UTC) -> Reply:
    return Reply(
        code=STRUCTURES[event][:3],
        event=event,
        structure=STRUCTURES[event],
        segments=patient2rsp.segments(message, found, zone=zone),
    )


def outcome(context: Context, reply: Reply, said: str) -> Outcome:
    """Write down that somebody asked, whatever they were told."""
    audit.record(
        action="query",
        object_type="patient",
        object_id=ASKED[reply.event],
        origin=context.origin,
        detail=said,
    )
    return Outcome(effects=(Effect("query", None, said),), reply=reply)
