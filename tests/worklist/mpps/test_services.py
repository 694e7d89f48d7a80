"""The exam follows what the modality says it does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pacs_hub.outbox.models import OutboxMessage
from tests.support.builders import CT1, MORNING, an_exam, step_end, step_start
from worklist.models import Exam, PerformedProcedureStep
from worklist.mpps.rules import ScheduledStepRef
from worklist.mpps.services import (
    EndMissing,
    NoSuchStep,
    StepAlreadyFinal,
    StepExists,
    change_step,
    complete_by_person,
    start_by_person,
    start_step,
)
from worklist.scheduling.services import StepStateForbids

pytestmark = pytest.mark.django_db


def events() -> list[str]:
    wanted = ("StepStarted", "StepCompleted", "StepDiscontinued")
    rows = OutboxMessage.objects.filter(event__in=wanted).order_by("id")
    return list(rows.values_list("event", flat=True))


def test_start_and_end_of_a_step_move_the_exam() -> None:
    exam = an_exam()
    start_step(start=step_start(exam), origin=CT1)
    exam.refresh_from_db()
    assert (exam.status, exam.started_at) == ("in_progress", MORNING)
    change_step(change=step_end(ended_at=MORNING + timedelta(minutes=9)), origin=CT1)
    exam.refresh_from_db()
    assert (exam.status, exam.completed_at) == ("completed", MORNING + timedelta(minutes=9))
    assert exam.requested_procedure.order.status == "completed"
    assert events() == ["StepStarted", "StepCompleted"]


def test_second_n_create_with_same_uid_is_refused() -> None:
    exam = an_exam()
    start_step(start=step_start(exam), origin=CT1)
    with pytest.raises(StepExists):
        start_step(start=step_start(exam), origin=CT1)


def test_n_set_without_n_create_is_refused() -> None:
    with pytest.raises(NoSuchStep):
        change_step(change=step_end(), origin=CT1)


@pytest.mark.parametrize("final", ["COMPLETED", "DISCONTINUED"])
@pytest.mark.parametrize("after", ["", "IN PROGRESS", "COMPLETED", "DISCONTINUED"])
def test_a_final_step_may_no_longer_be_updated(final: str, after: str) -> None:
    exam = an_exam()
    start_step(start=step_start(exam), origin=CT1)
    change_step(change=step_end(status=final), origin=CT1)
    with pytest.raises(StepAlreadyFinal):
        change_step(change=step_end(status=after), origin=CT1)
    assert PerformedProcedureStep.objects.get().status == final


def test_a_final_step_without_an_end_is_refused() -> None:
    exam = an_exam()
    start_step(start=step_start(exam), origin=CT1)
    with pytest.raises(EndMissing):
        change_step(change=step_end(ended_at=None), origin=CT1)


def test_a_discontinued_step_discontinues_the_exam() -> None:
    exam = an_exam()
    start_step(start=step_start(exam), origin=CT1)
    change_step(change=step_end(status="DISCONTINUED"), origin=CT1)
    assert Exam.objects.get().status == "discontinued"
    assert events() == ["StepStarted", "StepDiscontinued"]


def test_an_unscheduled_step_is_kept() -> None:
    exam = an_exam()
    stray = step_start(exam, scheduled_steps=(ScheduledStepRef(study_instance_uid="9.9"),))
    performed = start_step(start=stray, origin=CT1)
    assert list(performed.steps.all()) == []
    assert Exam.objects.get().status == "scheduled"


def test_a_second_performed_step_appends_and_opens_the_exam_again() -> None:
    exam = an_exam()
    start_step(start=step_start(exam), origin=CT1)
    change_step(change=step_end(), origin=CT1)
    start_step(start=step_start(exam, sop_instance_uid="1.2.3.4.2"), origin=CT1)
    assert Exam.objects.get().status == "in_progress"
    change_step(change=step_end(sop_instance_uid="1.2.3.4.2"), origin=CT1)
    assert Exam.objects.get().status == "completed"


def test_a_person_can_start_and_complete_where_the_device_says_nothing() -> None:
    exam = an_exam()
    start_by_person(exam_id=exam.pk, origin=CT1)
    complete_by_person(exam_id=exam.pk, origin=CT1)
    assert events() == ["StepStarted", "StepCompleted"]
    with pytest.raises(StepStateForbids):
        complete_by_person(exam_id=exam.pk, origin=CT1)
