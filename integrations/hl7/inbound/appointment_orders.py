"""The order an appointment is for, where nobody knows it yet, and what becomes of it."""

from __future__ import annotations

from archive.models import Patient
from integrations.hl7.inbound import keys
from integrations.hl7.inbound.context import Context, Effect, Held, Parked, warning
from integrations.hl7.message import Message
from worklist.appointments.rules import AppointmentFacts
from worklist.exams.models import Exam
from worklist.intake import services as intake
from worklist.orders.models import Order
from worklist.orders.queries import order_of
from worklist.orders.rules import Code, OrderFacts, StepFacts


def missing_order(
    message: Message,
    facts: AppointmentFacts,
    patient: Patient,
    context: Context,
    effects: list[Effect],
) -> Order | None:
    """Open the order, wait for it, or go on without: as the link says and the message names one."""
    if context.peer.habits.siu_creates_order and facts.procedure_codes:
        implied = _implied(message, facts)
        exam = intake.accept_order(
            order=implied, patient=patient, origin=context.origin, site=context.site
        )
        effects.append(Effect("exam", exam.pk, f"order opened for it: {exam.accession_number}"))
        return order_of(implied)
    if not facts.names_order:
        effects.append(warning("no order is named, and none has its number", field="SCH-26"))
        return None
    if context.forced:
        effects.append(warning("the order it names is not here", field="SCH-27"))
        return None
    raise Parked(
        "the order of this appointment has not come yet",
        keys=keys.order(
            filler_number=facts.filler_order_number,
            filler_namespace=facts.filler_order_namespace,
            placer_number=facts.placer_order_number,
            placer_namespace=facts.placer_order_namespace,
        ),
        field="SCH-27" if facts.filler_order_number else "SCH-26",
    )


def _implied(message: Message, facts: AppointmentFacts) -> OrderFacts:
    """Return the order an appointment implies: what is done is its first service (AIS-3)."""
    service = next(r for r in facts.resources or () if r.kind == "service" and r.code)
    return OrderFacts(
        placer_order_number=facts.placer_order_number
        or ("" if facts.filler_order_number else facts.placer_number or facts.filler_number),
        placer_namespace=facts.placer_order_namespace
        or ("" if facts.filler_order_number else facts.placer_namespace),
        filler_order_number=facts.filler_order_number,
        filler_namespace=facts.filler_order_namespace,
        procedure=Code(value=service.code, scheme=service.scheme[:16] or "L", meaning=service.text),
        visit_number=facts.visit_number,
        visit_namespace=facts.visit_authority,
        reason=facts.reason,
        priority=facts.priority,
        sending_application=message.get("MSH-3.1")[:180],
        sending_facility=message.get("MSH-4.1")[:180],
        event_at=facts.event_at,
        steps=(StepFacts(start=facts.start, station_ae_title=facts.station_ae_title),),
    )


def cancel_order_of(exam: Exam, patient: Patient, context: Context) -> Effect:
    """Cancel the order of an exam whose appointment was cancelled, where the link says so.

    Raises:
        Held: the exam was started.
    """
    order = OrderFacts(
        accession_number=exam.accession_number,
        issuer_of_accession_number=exam.issuer_of_accession_number,
    )
    try:
        intake.cancel_order(order=order, patient=patient, origin=context.origin)
    except intake.ExamUnderWay as error:
        raise Held(error.text, code=error.error_code, field="SCH-25") from error
    return Effect("exam", exam.pk, f"order cancelled with its appointment: {exam.accession_number}")
