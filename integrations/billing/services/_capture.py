"""Capture charges, once each, and follow them to the answer of the billing system."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction

from integrations.billing.events import ChargeCaptured
from integrations.billing.models import Charge, ChargeLine, ChargeState
from integrations.billing.rules import Decision, PerformedFacts, decide, transaction_id
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox.publish import publish
from worklist.exams import services as exams
from worklist.exams.models import ImageStatus
from worklist.models import Exam

TECHNICAL: Final = "technical"


def capture_charge(*, exam_id: int, origin: Origin) -> Charge:
    """Capture the technical charge of a completed exam; a second call changes nothing.

    A charge that cannot be made complete is held, with the reason on the board.
    """
    with transaction.atomic():
        exam = exams.lock_exam(exam_id)
        known = Charge.objects.filter(exam=exam, component=TECHNICAL).first()
        if known is not None and known.state != ChargeState.HELD:
            return known
        decision = decide(_performed(exam))
        if known is not None and known.hold_reason == decision.hold_reason:
            return known
        charge = known or _new_charge(exam, origin)
        return _settle(charge, exam, decision, origin=origin)


def reconsider_held_charge(*, exam_id: int, origin: Origin) -> None:
    """Look again at a charge that was held; the reason may be gone."""
    if Charge.objects.filter(exam=exam_id, component=TECHNICAL, state=ChargeState.HELD).exists():
        capture_charge(exam_id=exam_id, origin=origin)


def _performed(exam: Exam) -> PerformedFacts:
    row = exam.requested_procedure.procedure
    return PerformedFacts(
        code=exam.procedure_code,
        scheme=exam.procedure_scheme,
        name=exam.procedure_name,
        cpt=row.cpt if row else "",
        in_catalogue=row is not None,
        images_in_conflict=exam.image_status == ImageStatus.CONFLICT,
    )


def _new_charge(exam: Exam, origin: Origin) -> Charge:
    now = clock.now()
    charge = Charge.objects.create(
        exam=exam,
        component=TECHNICAL,
        state=ChargeState.HELD,
        transaction_id=f"~{exam.pk}",
        service_at=exam.started_at or exam.completed_at or now,
        captured_at=now,
        correlation_id=origin.correlation_id,
    )
    charge.transaction_id = transaction_id(charge_number=charge.pk)
    return charge


def _settle(charge: Charge, exam: Exam, decision: Decision, *, origin: Origin) -> Charge:
    now = clock.now()
    charge.state = ChargeState.HELD if decision.hold_reason else ChargeState.READY
    charge.hold_reason = decision.hold_reason
    charge.save()
    ChargeLine.objects.bulk_create(
        ChargeLine(
            charge=charge,
            code=line.code,
            scheme=line.scheme,
            text=line.text,
            cpt=line.cpt,
            quantity=line.quantity,
        )
        for line in decision.lines
    )
    exams.record_charge(
        exam,
        status=charge.state,
        at=now,
        text=f"charge held: {decision.hold_reason}"
        if decision.hold_reason
        else f"charge {charge.transaction_id} captured",
        note=decision.hold_reason,
        origin=origin,
    )
    if charge.state == ChargeState.READY:
        publish(
            ChargeCaptured(
                occurred_at=now,
                correlation_id=origin.correlation_id,
                exam_id=exam.pk,
                charge_id=charge.pk,
            )
        )
    return charge


def record_charge_sent(*, charge_id: int, origin: Origin) -> None:
    """Say that the charge has left for the billing system."""
    with transaction.atomic():
        charge, exam = locked(charge_id)
        if charge.state not in {ChargeState.READY, ChargeState.REJECTED}:
            return
        charge.state = ChargeState.SENT
        charge.save(update_fields=["state"])
        exams.record_charge(
            exam,
            status=ChargeState.SENT,
            at=clock.now(),
            text=f"charge {charge.transaction_id} sent",
            origin=origin,
        )


def record_charge_answer(
    *, charge_id: int, accepted: bool, text: str, at: datetime, origin: Origin
) -> None:
    """Keep the billing system's answer; an accepted charge stays accepted."""
    with transaction.atomic():
        charge, exam = locked(charge_id)
        if charge.state == ChargeState.ACCEPTED:
            return
        charge.state = ChargeState.ACCEPTED if accepted else ChargeState.REJECTED
        charge.acknowledged_at = at if accepted else None
        charge.save(update_fields=["state", "acknowledged_at"])
        verb = "accepted" if accepted else f"rejected: {text}"
        exams.record_charge(
            exam,
            status=charge.state,
            at=at,
            text=f"charge {charge.transaction_id} {verb}",
            note="" if accepted else text,
            origin=origin,
        )


def locked(charge_id: int) -> tuple[Charge, Exam]:
    """Return a charge and its exam, locked until the transaction ends."""
    exam_id = Charge.objects.values_list("exam_id", flat=True).get(pk=charge_id)
    exam = exams.lock_exam(exam_id)
    return Charge.objects.select_for_update().get(pk=charge_id), exam
