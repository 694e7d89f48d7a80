"""A completed exam is charged once, and its charge is followed to the answer."""

from __future__ import annotations

import pytest

from integrations.billing.models import Charge, ChargeLine
from integrations.billing.services import (
    capture_charge,
    reconsider_held_charge,
    record_charge_answer,
    record_charge_sent,
)
from pacs_hub.outbox.models import OutboxMessage
from tests.support.builders import CT1, HIS, MORNING, an_exam, step_end, step_start
from worklist.models import Exam, Procedure
from worklist.mpps.services import change_step, start_step

pytestmark = pytest.mark.django_db


def a_completed_exam() -> Exam:
    exam = an_exam()
    start_step(start=step_start(exam), origin=CT1)
    change_step(change=step_end(), origin=CT1)
    return exam


def test_a_completed_exam_is_charged_from_the_catalogue_once() -> None:
    exam = a_completed_exam()
    first = capture_charge(exam_id=exam.pk, origin=HIS)
    second = capture_charge(exam_id=exam.pk, origin=HIS)
    assert first.pk == second.pk
    line = ChargeLine.objects.get()
    assert (line.code, line.cpt, line.quantity) == ("CTHEAD", "70450", 1)
    assert OutboxMessage.objects.filter(event="ChargeCaptured").count() == 1
    exam.refresh_from_db()
    assert exam.charge_status == "ready"
    assert exam.charged_at is not None


def test_a_procedure_outside_the_catalogue_is_held_with_the_reason() -> None:
    exam = a_completed_exam()
    exam.requested_procedure.procedure = None
    exam.requested_procedure.save()
    Procedure.objects.all().delete()
    charge = capture_charge(exam_id=exam.pk, origin=HIS)
    exam.refresh_from_db()
    assert (charge.state, exam.charge_status) == ("held", "held")
    assert "not in the catalogue" in exam.charge_note
    assert not OutboxMessage.objects.filter(event="ChargeCaptured").exists()


def test_sent_and_accepted_are_on_the_exam_and_an_acceptance_stays() -> None:
    exam = a_completed_exam()
    charge = capture_charge(exam_id=exam.pk, origin=HIS)
    record_charge_sent(charge_id=charge.pk, origin=HIS)
    record_charge_answer(charge_id=charge.pk, accepted=True, text="", at=MORNING, origin=HIS)
    record_charge_answer(charge_id=charge.pk, accepted=False, text="late", at=MORNING, origin=HIS)
    exam.refresh_from_db()
    assert (exam.charge_status, exam.charge_acknowledged_at) == ("accepted", MORNING)


def test_a_rejection_says_why_and_can_be_sent_again() -> None:
    exam = a_completed_exam()
    charge = capture_charge(exam_id=exam.pk, origin=HIS)
    record_charge_sent(charge_id=charge.pk, origin=HIS)
    record_charge_answer(
        charge_id=charge.pk, accepted=False, text="no account", at=MORNING, origin=HIS
    )
    exam.refresh_from_db()
    assert (exam.charge_status, exam.charge_note) == ("rejected", "no account")
    record_charge_sent(charge_id=charge.pk, origin=HIS)
    assert Charge.objects.get().state == "sent"


def test_a_charge_waits_while_the_images_name_another_patient() -> None:
    exam = a_completed_exam()
    Exam.objects.filter(pk=exam.pk).update(image_status="conflict")
    held = capture_charge(exam_id=exam.pk, origin=HIS)
    assert (held.state, held.hold_reason) == ("held", "images of another patient")
    reconsider_held_charge(exam_id=exam.pk, origin=HIS)
    assert not OutboxMessage.objects.filter(event="ChargeCaptured").exists()
    Exam.objects.filter(pk=exam.pk).update(image_status="received")
    reconsider_held_charge(exam_id=exam.pk, origin=HIS)
    assert Charge.objects.get().state == "ready"
    assert OutboxMessage.objects.filter(event="ChargeCaptured").count() == 1
