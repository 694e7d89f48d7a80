"""Two more ways to ask who somebody is: with their visits (ITI-22), and as before PDQ (QRY^A19)."""

from __future__ import annotations

from archive.models import Patient
from archive.patients import queries as patients
from integrations.hl7.inbound import people as told_people
from integrations.hl7.inbound.context import Context, Outcome, Reply
from integrations.hl7.maps import patient2rsp, qpd2query, qrd2query
from integrations.hl7.maps.patient2rsp import Found, VisitTold
from integrations.hl7.maps.qpd2query import PersonQuery
from integrations.hl7.message import Message
from worklist.models import Visit
from worklist.visits import queries as visits


def find_stays(message: Message, context: Context) -> Outcome:
    """Answer QBP^ZV1 with those who match and are here now, each with their visits."""
    if not context.peer.habits.queries:
        return told_people.refused(message, context, event="ZV2")
    wildcards = context.peer.habits.wildcards
    query = qpd2query.person_query(message, wildcards=wildcards, with_visits=True)
    rows, stays = _by_visit(query) if query.visit_number else _under_way(query)
    told, more = rows[: query.limit], len(rows) > query.limit
    found = Found(
        status="OK" if any(stays.get(row.pk) for row in told) else "NF",
        people=tuple(told_people.person(row, query.keys.issuers) for row in told),
        visits=tuple(tuple(_told(visit) for visit in stays.get(row.pk, ())) for row in told),
        pointer=f"{told_people.POINTER}{told[-1].pk}" if more else "",
    )
    return told_people.answered(message, context, found, event="ZV2")


def _by_visit(query: PersonQuery) -> tuple[list[Patient], dict[int, list[Visit]]]:
    visit = visits.visit_of(number=query.visit_number, authority=query.visit_authority)
    if visit is None:
        return [], {}
    rows = patients.find_people(query.keys, after=visit.patient_id - 1, limit=1)
    return [row for row in rows if row.pk == visit.patient_id], {visit.patient_id: [visit]}


def _under_way(query: PersonQuery) -> tuple[list[Patient], dict[int, list[Visit]]]:
    rows = patients.find_people(query.keys, after=query.after, limit=query.limit + 1)
    return rows, visits.under_way(row.pk for row in rows)


def _told(visit: Visit) -> VisitTold:
    return VisitTold(
        number=visit.number,
        authority=visit.authority,
        patient_class=visit.patient_class,
        location=visit.location,
        attending_physician_name=visit.attending_physician_name,
        referring_physician_name=visit.referring_physician_name,
        admitted_at=visit.admitted_at,
    )


def find_as_before(message: Message, context: Context) -> Outcome:
    """Answer QRY^A19 with ADR^A19: the people QRD-8 names, where the link may ask."""
    if not context.peer.habits.queries:
        return told_people.refused(message, context, event="A19")
    keys, limit = qrd2query.old_query(message, default_issuer=context.default_issuer)
    people = tuple(told_people.person(row, ()) for row in patients.find_people(keys, limit=limit))
    asked = tuple(s.text for s in message.segments if s.name in ("QRD", "QRF"))
    reply = Reply(
        code="ADR",
        event="A19",
        structure=told_people.STRUCTURES["A19"],
        segments=(*asked, *patient2rsp.people(people, message.separators)),
    )
    return told_people.outcome(context, reply, told_people.count_of(people))
