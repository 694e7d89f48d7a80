"""Orders in: ORM^O01 (RAD-2, RAD-3, RAD-4, RAD-13; HL7 v2.5.1 4.4.1)."""

from __future__ import annotations

from typing import Final

from archive.models import Patient
from archive.patients import queries as patient_queries
from archive.patients import services as patients
from archive.patients.rules import PatientFacts
from integrations.hl7.inbound.context import Context, Effect, warning
from integrations.hl7.maps.adt2patient import event_at, patient_facts
from integrations.hl7.maps.order_control import Command, command_of
from integrations.hl7.maps.orm2order import OrderGroup, order_groups, require_procedure
from integrations.hl7.message import Message
from pacs_hub.kernel.errors import Unknown
from worklist.intake import services as intake
from worklist.models import Exam
from worklist.orders.queries import order_of


class NoSuchOrder(Unknown):
    """A status for an order that nobody knows here."""

    code = "no-such-order"


PAST: Final[dict[Command, str]] = {
    "accept": "order accepted as",
    "change": "order changed:",
    "cancel": "order cancelled:",
    "start": "exam started:",
    "complete": "exam completed:",
    "discontinue": "exam discontinued:",
    "hold": "order put on hold:",
    "release": "order released:",
}


def receive(message: Message, context: Context) -> tuple[Effect, ...]:
    """Apply every order of the message; one that fails fails the message."""
    groups = order_groups(message, zone=context.site.zone)
    commands = [command_of(group.control, group.status) for group in groups]
    opens = any(command in ("accept", "change") for command in commands)
    facts = patient_facts(message, default_issuer=context.site.default_issuer, needs_name=opens)
    effects: list[Effect] = []
    for group, command in zip(groups, commands, strict=True):
        if command == "ignore":
            effects.append(warning(f"ORC-1 {group.control} asks for nothing the hub does"))
        elif command in ("accept", "change"):
            effects += _open_or_change(message, group, command, facts, context)
        else:
            effects.append(_set_status(message, group, command, facts, context))
    return tuple(effects)


def _open_or_change(
    message: Message, group: OrderGroup, command: Command, facts: PatientFacts, context: Context
) -> list[Effect]:
    if order_of(group.facts) is None:
        require_procedure(group.facts)
    patient = patients.register_patient(
        facts=facts,
        origin=context.origin,
        event_at=event_at(message, zone=context.site.zone),
        provisional=True,
    )
    use_case = intake.accept_order if command == "accept" else intake.change_order
    exam = use_case(order=group.facts, patient=patient, origin=context.origin, site=context.site)
    return [
        Effect("patient", patient.pk, "patient known"),
        Effect("exam", exam.pk, f"{PAST[command]} {exam.accession_number}"),
    ]


def _set_status(
    message: Message, group: OrderGroup, command: Command, facts: PatientFacts, context: Context
) -> Effect:
    if group.control.upper() == "XO" and group.facts.procedure is not None:
        _open_or_change(message, group, "change", facts, context)
    patient = _known(facts)
    exam: Exam | None = None
    if patient is not None and command == "cancel":
        exam = intake.cancel_order(order=group.facts, patient=patient, origin=context.origin)
    elif patient is not None:
        exam = intake.set_order_status(
            order=group.facts,
            patient=patient,
            command=command,
            origin=context.origin,
        )
    if exam is not None:
        return Effect("exam", exam.pk, f"{PAST[command]} {exam.accession_number}")
    if command in ("cancel", "discontinue"):
        return warning("the order is not known here; there is nothing to cancel")
    raise NoSuchOrder("no order has this number here", field="ORC-3")


def _known(facts: PatientFacts) -> Patient | None:
    found = (
        patient_queries.find_by_identifier(value=i.value, issuer=i.issuer)
        for i in facts.identifiers
    )
    return next((patient for patient in found if patient is not None), None)
