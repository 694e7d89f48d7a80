"""Charges another system tells of (DFT^P03): ours are confirmed, others kept to reconcile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.db import transaction

from archive.models import Patient
from integrations.billing.models import Charge, ChargeState, ExternalCharge
from integrations.billing.rules import ExternalFacts
from integrations.billing.services._capture import locked
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin
from worklist.exams import services as exams
from worklist.models import Exam


@dataclass(frozen=True)
class Echo:
    """What became of a charge somebody told us of; `exam_id` where it is one of ours."""

    outcome: Literal["confirmed", "external", "known"]
    id: int
    exam_id: int | None = None


def confirm_charge(*, transaction_id: str, origin: Origin) -> Echo | None:
    """Say that our charge is in the books of its receiver; None where it is none of ours.

    An answer that never came is made up for: who has the charge has accepted it.
    """
    with transaction.atomic():
        known = Charge.objects.filter(transaction_id=transaction_id).first()
        if known is None:
            return None
        charge, exam = locked(known.pk)
        if charge.confirmed_at is not None:
            return Echo("known", charge.pk, charge.exam_id)
        now = clock.now()
        charge.confirmed_at = now
        if charge.state in {ChargeState.SENT, ChargeState.REJECTED}:
            charge.state, charge.acknowledged_at = ChargeState.ACCEPTED, now
        charge.save(update_fields=["confirmed_at", "state", "acknowledged_at"])
        text = f"charge {charge.transaction_id} is in their books"
        exams.record_charge(exam, status=charge.state, at=now, text=text, origin=origin)
        return Echo("confirmed", charge.pk, charge.exam_id)


def record_external_charge(
    *, facts: ExternalFacts, exam: Exam | None, patient: Patient, origin: Origin
) -> Echo:
    """Keep a charge that is none of ours; the same one again changes nothing.

    Nothing that can be charged ever comes of it.
    """
    now = clock.now()
    with transaction.atomic():
        row, is_new = ExternalCharge.objects.get_or_create(
            sender=origin.actor[:80],
            transaction_id=facts.transaction_id,
            direction=facts.direction,
            defaults={
                "exam": exam,
                "patient": patient,
                "order_number": facts.order_number or facts.placer_order_number,
                "account_number": facts.account_number,
                "code": facts.code,
                "text": facts.text,
                "procedure_code": facts.procedure_code,
                "quantity": facts.quantity,
                "service_at": facts.service_at,
                "told_at": now,
                "correlation_id": origin.correlation_id,
            },
        )
        if is_new and exam is not None:
            text = f"another system charges {facts.code} ({facts.transaction_id})"
            exams.add_event(exam, kind="charge_external", text=text, origin=origin, at=now)
        return Echo("external" if is_new else "known", row.pk)
