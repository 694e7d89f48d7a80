"""Nothing a device says of a step is lost, and nothing of another patient moves an exam."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from archive.patients.rules import Identifier
from tests.support.builders import CT1, HIS, MORNING, a_patient, an_exam, step_end, step_start
from worklist.identity.services import merge_patients
from worklist.models import Exam, ExamEvent, PerformedProcedureStep, UnappliedChange
from worklist.mpps.rules import ScheduledStepRef
from worklist.mpps.services import (
    NoSuchStep,
    StepAlreadyFinal,
    change_step,
    complete_by_person,
    start_by_person,
    start_step,
)

pytestmark = pytest.mark.django_db

END = MORNING + timedelta(minutes=9)
SECOND = "1.2.3.4.2"


def kinds(exam: Exam) -> list[str]:
    return list(ExamEvent.objects.filter(exam=exam).order_by("pk").values_list("kind", flat=True))


def wrong_entry() -> dict[str, Any]:
    code = {"00080100": {"vr": "SH", "Value": ["110514"]}}
    return {"00400281": {"vr": "SQ", "Value": [code]}}


def test_a_change_before_its_step_is_kept_and_applied_when_the_step_begins() -> None:
    exam = an_exam()
    for _ in range(3):  # the device tries again
        with pytest.raises(NoSuchStep):
            change_step(change=step_end(ended_at=END), origin=CT1)
    kept = UnappliedChange.objects.get()
    assert (kept.times, kept.state) == (3, "waiting")
    start_step(start=step_start(exam), origin=CT1)
    exam.refresh_from_db()
    assert (exam.status, exam.started_at, exam.completed_at) == ("completed", MORNING, END)
    assert PerformedProcedureStep.objects.get().status == "COMPLETED"
    assert UnappliedChange.objects.get().state == "applied"


def test_a_change_after_the_end_is_kept_as_late() -> None:
    exam = an_exam()
    start_step(start=step_start(exam), origin=CT1)
    change_step(change=step_end(), origin=CT1)
    with pytest.raises(StepAlreadyFinal):
        change_step(change=step_end(status="DISCONTINUED"), origin=CT1)
    assert UnappliedChange.objects.get().state == "late"
    assert Exam.objects.get().status == "completed"


def test_one_performed_step_of_two_exams_moves_both() -> None:
    patient = a_patient()
    one = an_exam(patient=patient)
    two = an_exam(patient=patient, placer_order_number="P101")
    refs = step_start(one).scheduled_steps + step_start(two).scheduled_steps
    start_step(start=step_start(one, scheduled_steps=refs), origin=CT1)
    assert set(Exam.objects.values_list("status", flat=True)) == {"in_progress"}
    change_step(change=step_end(), origin=CT1)
    assert set(Exam.objects.values_list("status", flat=True)) == {"completed"}


def test_an_exam_runs_until_the_last_of_its_performed_steps_has_ended() -> None:
    exam = an_exam()
    start_step(start=step_start(exam), origin=CT1)
    start_step(start=step_start(exam, sop_instance_uid=SECOND), origin=CT1)
    change_step(change=step_end(), origin=CT1)
    assert Exam.objects.get().status == "in_progress"
    change_step(change=step_end(sop_instance_uid=SECOND, status="DISCONTINUED"), origin=CT1)
    assert Exam.objects.get().status == "completed"  # what was done stays done


def test_a_step_without_the_study_finds_its_exam_by_accession_number() -> None:
    exam = an_exam()
    ref = ScheduledStepRef(study_instance_uid="9.9", accession_number=exam.accession_number)
    performed = start_step(start=step_start(exam, scheduled_steps=(ref,)), origin=CT1)
    assert (performed.flag, performed.steps.count()) == ("", 1)
    assert Exam.objects.get().status == "in_progress"


def test_a_step_nobody_planned_is_kept_and_flagged() -> None:
    exam = an_exam()
    stray = step_start(exam, scheduled_steps=(ScheduledStepRef(study_instance_uid="9.9"),))
    assert start_step(start=stray, origin=CT1).flag
    assert Exam.objects.get().status == "scheduled"


def test_a_step_of_another_patient_is_kept_and_shown_and_moves_nothing() -> None:
    exam = an_exam()
    a_patient(identifiers=(Identifier(value="P2", issuer="GH"),), name="ROE^RICHARD")
    performed = start_step(start=step_start(exam, patient_id="P2"), origin=CT1)
    change_step(change=step_end(), origin=CT1)
    assert (performed.steps.count(), bool(performed.flag)) == (0, True)
    exam.refresh_from_db()
    assert (exam.status, kinds(exam)[-1]) == ("scheduled", "mpps_conflict")


@pytest.mark.parametrize("patient_id", ["P1", "P2"])
def test_a_step_of_a_merged_patient_moves_the_exam_under_either_number(patient_id: str) -> None:
    exam = an_exam()
    stays = a_patient(identifiers=(Identifier(value="P2", issuer="GH"),))
    merge_patients(survivor=stays, loser=exam.patient, kind="A40", origin=HIS)
    performed = start_step(start=step_start(exam, patient_id=patient_id), origin=CT1)
    exam.refresh_from_db()
    assert (performed.flag, exam.status) == ("", "in_progress")
    assert exam.patient.survivor_id == stays.pk


def test_a_temporary_id_of_an_emergency_stands_in_nobodys_way() -> None:
    exam = an_exam()
    start_step(start=step_start(exam, patient_id="TEMP-7"), origin=CT1)
    assert Exam.objects.get().status == "in_progress"


def test_the_wrong_entry_goes_back_to_the_worklist_and_asks() -> None:
    exam = an_exam()
    start_step(start=step_start(exam), origin=CT1)
    end = replace(step_end(status="DISCONTINUED"), attributes=wrong_entry())
    change_step(change=end, origin=CT1)
    exam.refresh_from_db()
    assert (exam.status, exam.started_at, exam.completed_at) == ("scheduled", None, None)
    assert exam.requested_procedure.steps.get().status == "scheduled"
    assert kinds(exam)[-1] == "wrong_entry"
    start_step(start=step_start(exam, sop_instance_uid=SECOND), origin=CT1)
    assert Exam.objects.get().status == "in_progress"


def test_what_a_person_said_before_does_not_refuse_the_device() -> None:
    exam = an_exam()
    start_by_person(exam_id=exam.pk, origin=CT1)
    start_step(start=step_start(exam), origin=CT1)
    complete_by_person(exam_id=exam.pk, origin=CT1)
    change_step(change=step_end(), origin=CT1)
    assert PerformedProcedureStep.objects.get().status == "COMPLETED"
    exam.refresh_from_db()
    assert (exam.status, "mpps_conflict" in kinds(exam)) == ("completed", False)


def test_a_contradiction_to_a_person_is_kept_and_shown() -> None:
    exam = an_exam()
    start_step(start=step_start(exam), origin=CT1)
    complete_by_person(exam_id=exam.pk, origin=CT1)
    change_step(change=step_end(status="DISCONTINUED"), origin=CT1)
    assert PerformedProcedureStep.objects.get().status == "DISCONTINUED"
    exam.refresh_from_db()
    assert (exam.status, kinds(exam)[-1]) == ("completed", "mpps_conflict")


def test_an_n_set_does_not_change_whose_step_it_is() -> None:
    patient_id = {"00100020": {"vr": "LO", "Value": ["P2"]}}
    comment = {"00400280": {"vr": "ST", "Value": ["moved"]}}
    exam = an_exam()
    start_step(start=step_start(exam), origin=CT1)
    change_step(change=replace(step_end(), attributes=patient_id | comment), origin=CT1)
    assert PerformedProcedureStep.objects.get().attributes == comment


def test_a_step_costs_a_known_number_of_queries(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    exam = an_exam()
    with django_assert_max_num_queries(45):
        start_step(start=step_start(exam), origin=CT1)
    with django_assert_max_num_queries(45):
        change_step(change=step_end(), origin=CT1)
