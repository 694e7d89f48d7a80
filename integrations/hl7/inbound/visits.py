"""Visits in: what ADT A01 to A16, A21 to A27 and A38 say of a stay (HL7 v2.5.1 3.3)."""

from __future__ import annotations

from typing import Final

from archive.models import Patient
from archive.patients.queries import resolve
from integrations.hl7.inbound import accounts, whom
from integrations.hl7.inbound.context import Context, Effect, Held, warning
from integrations.hl7.inbound.visit_effects import side_effects
from integrations.hl7.maps.adt2visit import COMMANDS, TRACKING, names_visit, visit_facts
from integrations.hl7.maps.bar2account import has_payers
from integrations.hl7.message import Message
from pacs_hub.kernel.errors import Unknown
from worklist.appointments import services as appointments
from worklist.exams.rules import ForAPerson
from worklist.visits import services as visits
from worklist.visits.models import Visit
from worklist.visits.queries import visit_of
from worklist.visits.rules import Command, VisitFacts


class NoSuchPatient(Unknown):
    """An arrival for a patient nobody knows here."""

    code = "no-such-patient"


OPTIONAL: Final = frozenset({"update", "cancel_transfer", "cancel_discharge", "cancel_plan"})
"""Commands of messages that need not name a visit."""

CREATES_PATIENT: Final = frozenset({"cancel_discharge", "leave", "return"})
"""What is told of a visit only, and still opens one where nobody knows it."""

STEADY: Final = frozenset({"update", "transfer", "change_class", "arrive", "cancel_transfer"})
"""Commands that do what they say whatever becomes of the state."""

PAST: Final[dict[str, str]] = {
    "admit": "patient admitted or registered",
    "plan": "visit planned",
    "transfer": "patient transferred",
    "discharge": "patient discharged",
    "update": "visit updated",
    "change_class": "patient class changed",
    "leave": "patient on leave",
    "return": "patient back from leave",
    "arrive": "patient arrived",
    "cancel_admit": "visit cancelled",
    "cancel_plan": "planned visit cancelled",
    "cancel_transfer": "transfer taken back",
    "cancel_discharge": "discharge taken back",
    "delete": "visit deleted",
}


def receive(message: Message, context: Context) -> tuple[Effect, ...]:
    """Apply an event that is of the visit alone (A10, A12, A13, A21 to A23, A27, A38).

    Raises:
        NoSuchPatient, NoSuchVisit: an arrival of who nobody knows.
        Held: a person has to decide.
    """
    command = COMMANDS[message.get("MSH-9.2")]
    patient = _patient(message, context, command)
    if patient is None:
        if command == "arrive":
            raise NoSuchPatient("no patient has this identifier here", field="PID-3")
        return (warning("the patient is not known here; nothing to do", field="PID-3"),)
    return visit_part(message, context, patient)


def visit_part(message: Message, context: Context, patient: Patient) -> tuple[Effect, ...]:
    """Apply what an ADT message says of the visit, of a patient who is registered by now.

    Raises:
        FieldMissing: an event of a visit that names none.
        NoSuchVisit: an arrival at a visit nobody knows.
        Held: a person has to decide.
    """
    event = message.get("MSH-9.2") or message.get("EVN-1")
    command = COMMANDS.get(event)
    if command is None:
        return ()
    facts = visit_facts(message, zone=context.zone, required=command not in OPTIONAL)
    if facts is None:
        return ()
    named = names_visit(message)
    known = visit_of(number=facts.number, authority=facts.authority)
    if known is None and command == "update":
        opens = context.peer.habits.create_on_update and event not in TRACKING
        if not (named and opens):
            return ()
    if known is not None and not named and resolve(known.patient).pk != patient.pk:
        return (warning("an account of another patient; no visit is named", field="PID-18"),)
    try:
        told = _tell(context, facts, command, patient, known)
    except ForAPerson as error:
        raise Held(error.text, code=error.error_code, field=error.field or "PV1-19") from error
    notes = [warning(note, field="PV1-19") for note in told.notes]
    if told.visit is None or not told.applied:
        return tuple(notes)
    effects = [Effect("visit", told.visit.pk, _said(command, told)), *notes]
    effects += side_effects(event, context, facts, command, told)
    if has_payers(message):
        effects += accounts.payers_of(message, context, patient)
    return tuple(effects)


def _tell(
    context: Context, facts: VisitFacts, command: Command, patient: Patient, known: Visit | None
) -> visits.Told:
    try:
        if known is not None and not context.forced:
            if command == "cancel_admit":
                appointments.check_not_started(known)
            elif command == "delete":
                appointments.check_no_dependents(known)
        return visits.tell_visit(
            facts=facts,
            command=command,
            patient=patient,
            origin=context.origin,
            known=known,
            forced=context.forced,
        )
    except appointments.VisitHasExams as error:
        condition = "206" if command == "delete" else "207"
        raise Held(
            error.text, condition=condition, code=error.error_code, field="PV1-19"
        ) from error
    except (visits.VisitContradicts, visits.VisitOfOtherPatient) as error:
        condition = "205" if isinstance(error, visits.VisitOfOtherPatient) else "207"
        raise Held(
            error.text, condition=condition, code=error.error_code, field="PV1-19"
        ) from error


def _said(command: Command, told: visits.Told) -> str:
    if command in STEADY or told.visit is None or told.visit.status != told.before:
        return PAST[command]
    return f"visit updated; it is {told.before.replace('_', ' ')}"


def _patient(message: Message, context: Context, command: Command) -> Patient | None:
    find = whom.registered if command in CREATES_PATIENT else whom.known
    return find(message, context)
