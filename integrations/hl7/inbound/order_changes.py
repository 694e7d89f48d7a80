"""Orders that are new, changed, replaced, or parents of others."""

from __future__ import annotations

from dataclasses import replace

from integrations.hl7.inbound.context import Effect, warning
from integrations.hl7.inbound.options import FULL
from integrations.hl7.inbound.order_turn import Turn, remarks
from integrations.hl7.maps.order_groups import require_procedure
from pacs_hub.kernel.origin import Origin
from worklist.intake import services as intake
from worklist.intake.services import OrderForOtherPatient, Taken
from worklist.orders.queries import order_of
from worklist.orders.rules import OrderFacts

CHANGES = frozenset({"XO", "XX", "SC"})


def take(turn: Turn) -> list[Effect]:
    """Take the order in, or change the one that is known (NW, SN, XO, XX, CH, RO)."""
    taken = taken_in(turn)
    if turn.rule.command == "number":
        intake.assign_number(order=taken.order, site=turn.case.context.site, origin=_origin(turn))
    return [_effect(taken), *_remarks(turn, taken)]


def taken_in(turn: Turn) -> Taken:
    """Take the order in and return what became of it.

    Raises:
        Parked: a change that only tells of an order nobody knows here.
        FieldMissing: it is new and does not say what is to be done.
        OrderForOtherPatient: it is known, and the patient of the message is not.
    """
    facts = _facts(turn)
    if (turn.rule.unknown == "park" or facts.procedure is None) and order_of(facts) is None:
        if turn.rule.unknown == "park":
            raise turn.parked()
        require_procedure(facts)
    case = turn.case
    if case.patient is None:
        raise OrderForOtherPatient("nobody here has the patient's ID", field="PID-3")
    taken = intake.take_order(
        order=facts,
        patient=case.patient,
        origin=case.context.origin,
        site=case.context.site,
        snapshot=case.context.peer.habits.snapshot == FULL,
        replaces=case.replaced if turn.rule.command == "replacement" else None,
    )
    case.replaced = None
    return taken


def remember_parent(turn: Turn) -> list[Effect]:
    """Keep the number of a parent order (PA) for its children; it has no step of its own."""
    facts = turn.group.facts
    turn.case.parent = facts.placer_order_number or facts.filler_order_number
    known = order_of(facts)
    if known is None:
        return [Effect("order", None, f"parent order {turn.case.parent}: its children follow")]
    told = intake.set_order_status(
        order=facts, patient=turn.case.patient, command="replace", origin=_origin(turn)
    )
    exam = told.exam.pk if told else None
    return [Effect("exam", exam, f"{known.accession_number} was split: its children follow")]


def _facts(turn: Turn) -> OrderFacts:
    facts = turn.group.facts
    if turn.control == "CH" and not facts.parent_placer_number:
        return replace(facts, parent_placer_number=turn.case.parent)
    return facts


def _effect(taken: Taken) -> Effect:
    number = taken.exam.accession_number
    if not taken.is_new:
        return Effect("exam", taken.exam.pk, f"order changed: {number}")
    if taken.order.replaces is not None:
        old = taken.order.replaces.accession_number
        return Effect("exam", taken.exam.pk, f"order accepted as {number}, in place of {old}")
    return Effect("exam", taken.exam.pk, f"order accepted as {number}")


def _remarks(turn: Turn, taken: Taken) -> list[Effect]:
    found = remarks(taken.notes)
    if taken.is_new and turn.control in CHANGES:
        found.append(warning("nobody knew this order: it is new", field="ORC-1"))
    if taken.is_new and not taken.exam.modality:
        found.append(warning("nothing says the modality", condition="101", field="OBR-24"))
    orderer = taken.order.ordering_provider_name or taken.order.ordering_provider_id
    if taken.is_new and not orderer:
        found.append(warning("nobody ordered it", condition="101", field="ORC-12"))
    return found


def _origin(turn: Turn) -> Origin:
    return turn.case.context.origin
