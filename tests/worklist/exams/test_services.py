"""The ledger row: each axis on its own, each fact with a line on the timeline."""

from __future__ import annotations

import pytest

from tests.support.builders import CT1, HIS, MORNING, an_exam
from worklist.exams.services import ExamStateForbids, record_images, record_status
from worklist.models import ExamEvent

pytestmark = pytest.mark.django_db


def test_a_forbidden_step_is_refused_and_leaves_the_row_alone() -> None:
    exam = an_exam()
    record_status(exam, status="in_progress", at=MORNING, text="started", origin=CT1)
    with pytest.raises(ExamStateForbids):
        record_status(exam, status="cancelled", at=MORNING, text="cancelled", origin=HIS)
    exam.refresh_from_db()
    assert exam.status == "in_progress"


def test_the_first_start_stays_the_start() -> None:
    exam = an_exam()
    record_status(exam, status="in_progress", at=MORNING, text="started", origin=CT1)
    record_status(exam, status="completed", at=MORNING, text="completed", origin=CT1)
    later = MORNING.replace(hour=12)
    record_status(exam, status="in_progress", at=later, text="more", origin=CT1)
    assert exam.started_at == MORNING


def test_an_inferred_milestone_is_marked() -> None:
    exam = an_exam()
    record_status(exam, status="completed", at=MORNING, text="quiet", origin=CT1, inferred=True)
    assert "completed_at" in exam.inferred


def test_growing_images_are_one_line_on_the_timeline() -> None:
    exam = an_exam()
    for count in (1, 20, 40):
        record_images(
            exam,
            status="receiving",
            number_of_instances=count,
            first_at=MORNING,
            last_at=MORNING,
            origin=CT1,
        )
    assert exam.number_of_instances == 40
    assert ExamEvent.objects.filter(kind="images_receiving").count() == 1


def test_every_line_says_who_where_and_by_what() -> None:
    exam = an_exam()
    line = ExamEvent.objects.get(exam=exam, kind="ordered")
    assert (line.actor, line.door, line.source_kind, line.source_id) == ("HIS", "hl7", "hl7", "1")


def test_an_exam_that_started_had_its_patient_and_says_that_nobody_told() -> None:
    exam = an_exam()
    record_status(exam, status="completed", at=MORNING, text="completed", origin=HIS)
    assert (exam.arrived_at, exam.started_at) == (MORNING, MORNING)
    assert set(exam.inferred) == {"arrived_at", "started_at"}
