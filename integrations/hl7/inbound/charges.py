"""Charges told back to us: DFT^P03 as an echo (HL7 v2.5.1 6.4.3); it never makes a charge."""

from __future__ import annotations

from archive.models import Patient
from integrations.billing import services as billing
from integrations.hl7.inbound import keys
from integrations.hl7.inbound.context import Context, Effect, Parked
from integrations.hl7.inbound.filing import known_patient
from integrations.hl7.maps.adt2patient import patient_facts
from integrations.hl7.maps.dft2charge import Transaction, transactions
from integrations.hl7.message import Message
from worklist.exams.queries import exam_by_number
from worklist.models import Exam

TOLD = {
    "confirmed": ("charge", "our charge is in their books"),
    "external": ("external charge", "a charge that is not ours, kept for reconciliation"),
    "known": ("charge", "this transaction was told before"),
}


def receive(message: Message, context: Context) -> tuple[Effect, ...]:
    """Match every transaction of the message; one that must wait makes the message wait."""
    facts = patient_facts(message, default_issuer=context.default_issuer)
    patient = known_patient(facts)
    wanted = [key for i in facts.identifiers for key in keys.patient(i.value, i.issuer)]
    effects: list[Effect] = []
    for told in transactions(message, zone=context.zone):
        effects += _take(told, patient, wanted, context)
    return tuple(effects)


def _take(
    told: Transaction, patient: Patient | None, wanted: list[str], context: Context
) -> list[Effect]:
    facts = told.facts
    echo = billing.confirm_charge(transaction_id=facts.transaction_id, origin=context.origin)
    if echo is None:
        exam = _exam(told)
        names_order = bool(facts.order_number or facts.placer_order_number)
        if patient is None or (names_order and exam is None and not context.forced):
            raise Parked(
                "the order or the patient it charges is not here yet",
                keys=(*_order_keys(told, context), *wanted),
                field="FT1-23" if names_order else "PID-3",
            )
        echo = billing.record_external_charge(
            facts=facts, exam=exam, patient=patient, origin=context.origin
        )
    what, text = TOLD[echo.outcome]
    effects = [Effect(what, echo.id, f"{text}: {facts.transaction_id}")]
    if echo.exam_id is not None:
        effects.append(Effect("exam", echo.exam_id, text))
    return effects


def _exam(told: Transaction) -> Exam | None:
    facts = told.facts
    return exam_by_number(
        filler_order_number=facts.order_number,
        accession_number=facts.accession_number or facts.order_number,
        placer_order_number=facts.placer_order_number,
    )


def _order_keys(told: Transaction, context: Context) -> tuple[str, ...]:
    facts = told.facts
    return keys.order(
        filler_number=facts.order_number,
        filler_namespace=told.namespace,
        placer_number=facts.placer_order_number,
        accession_number=facts.accession_number or facts.order_number,
        issuer=context.site.facility,
    )
