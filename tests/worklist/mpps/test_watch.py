"""An end nobody told is inferred from quiet images, and gives way to what is told later."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from pacs_hub.access.models import DicomPeer
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin
from tests.support.builders import CT1, an_exam, step_end, step_start
from tests.support.datasets import ct_instance
from tests.support.stored import area_in, store
from worklist.models import Exam, ExamEvent, UnappliedChange
from worklist.mpps.models import PerformedProcedureStep
from worklist.mpps.services import (
    NoSuchStep,
    change_step,
    infer_from_images,
    start_step,
    tend_unapplied,
)
from worklist.tasks import watch_steps

pytestmark = pytest.mark.django_db

WATCH = Origin(door="hub", actor="watchdog")
HOUR = timedelta(hours=1)


def with_images(minutes_ago: int, **over: object) -> Exam:
    """Return an exam whose last image came so long ago."""
    exam = an_exam()
    last = clock.now() - timedelta(minutes=minutes_ago)
    facts = {
        "day": last.date(),
        "image_status": "received",
        "number_of_instances": 3,
        "first_image_at": last - timedelta(minutes=5),
        "last_image_at": last,
    }
    Exam.objects.filter(pk=exam.pk).update(**(facts | over))
    exam.refresh_from_db()
    return exam


def quiet_since(exam: Exam) -> None:
    """Let the device have said nothing since the last image."""
    PerformedProcedureStep.objects.update(updated_at=exam.last_image_at)


def test_quiet_images_start_and_complete_an_exam_once() -> None:
    exam = with_images(61)
    assert infer_from_images(quiet=HOUR, origin=WATCH) == 1
    assert infer_from_images(quiet=HOUR, origin=WATCH) == 0
    exam.refresh_from_db()
    assert (exam.status, exam.completed_at) == ("completed", exam.last_image_at)
    assert exam.started_at == exam.first_image_at
    assert {"started_at", "completed_at"} <= set(exam.inferred)
    assert ExamEvent.objects.filter(exam=exam, kind="inferred").count() == 1


def test_images_that_are_not_quiet_say_nothing() -> None:
    with_images(59)
    assert infer_from_images(quiet=HOUR, origin=WATCH) == 0


def test_a_device_that_never_tells_is_not_waited_for() -> None:
    exam = with_images(11)
    assert infer_from_images(quiet=HOUR, origin=WATCH) == 0
    DicomPeer.objects.create(ae_title=exam.station_ae_title, options={"mpps": False})
    assert infer_from_images(quiet=HOUR, origin=WATCH) == 1


def test_a_running_step_that_was_heard_of_lately_is_waited_for() -> None:
    exam = with_images(61)
    start_step(start=step_start(exam), origin=CT1)
    assert infer_from_images(quiet=HOUR, origin=WATCH) == 0
    quiet_since(exam)
    assert infer_from_images(quiet=HOUR, origin=WATCH) == 1
    exam.refresh_from_db()
    assert (exam.status, "started_at" in exam.inferred) == ("completed", False)
    assert "completed_at" in exam.inferred


@pytest.mark.parametrize("status", ["COMPLETED", "DISCONTINUED"])
def test_the_devices_own_end_replaces_the_inferred_one(status: str) -> None:
    exam = with_images(61)
    start_step(start=step_start(exam), origin=CT1)
    quiet_since(exam)
    infer_from_images(quiet=HOUR, origin=WATCH)
    end = clock.now() - timedelta(minutes=30)
    change_step(change=step_end(status=status, ended_at=end), origin=CT1)
    exam.refresh_from_db()
    assert (exam.status, exam.completed_at) == (status.lower(), end)
    assert "completed_at" not in exam.inferred


def test_a_late_start_of_the_device_replaces_the_inferred_one() -> None:
    exam = with_images(61)
    infer_from_images(quiet=HOUR, origin=WATCH)
    at = clock.now() - timedelta(minutes=70)
    start_step(start=step_start(exam, started_at=at), origin=CT1)
    exam.refresh_from_db()
    assert (exam.status, exam.started_at) == ("in_progress", at)
    assert "started_at" not in exam.inferred


def test_an_exam_with_held_images_or_an_end_is_left_alone() -> None:
    exam = with_images(61, image_status="conflict")
    assert infer_from_images(quiet=HOUR, origin=WATCH) == 0
    Exam.objects.filter(pk=exam.pk).update(image_status="received", status="cancelled")
    assert infer_from_images(quiet=HOUR, origin=WATCH) == 0


def test_a_change_whose_step_never_began_is_given_up_after_a_day() -> None:
    an_exam()
    with pytest.raises(NoSuchStep):
        change_step(change=step_end(), origin=CT1)
    tend_unapplied(origin=WATCH)
    assert UnappliedChange.objects.get().state == "waiting"
    UnappliedChange.objects.update(received_at=clock.now() - timedelta(hours=25))
    tend_unapplied(origin=WATCH)
    assert UnappliedChange.objects.get().state == "expired"


def test_a_change_given_up_is_told_on_the_exam_of_its_images(
    tmp_path: Path, settings: Settings
) -> None:
    exam = an_exam()
    image = ct_instance(StudyInstanceUID=exam.study_instance_uid)
    store(image, area=area_in(tmp_path, settings))
    end = step_end(series_instance_uids=(str(image.SeriesInstanceUID),))
    with pytest.raises(NoSuchStep):
        change_step(change=end, origin=CT1)
    UnappliedChange.objects.update(received_at=clock.now() - timedelta(hours=25))
    tend_unapplied(origin=WATCH)
    tend_unapplied(origin=WATCH)
    told = ExamEvent.objects.get(exam=exam, kind="mpps_conflict")
    assert told.text.startswith("CT1 reported a step completed")


def test_a_change_written_down_while_its_step_began_is_applied_by_the_sweep() -> None:
    exam = an_exam()
    with pytest.raises(NoSuchStep):
        change_step(change=step_end(), origin=CT1)
    UnappliedChange.objects.update(state="late")  # as if it were not there yet
    start_step(start=step_start(exam), origin=CT1)
    UnappliedChange.objects.update(state="waiting")
    watch_steps()
    assert Exam.objects.get().status == "completed"
    assert UnappliedChange.objects.get().state == "applied"


def test_a_watch_that_finds_nothing_costs_four_queries(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(3):
        an_exam(placer_order_number=f"P{number}")
    with django_assert_max_num_queries(4):
        watch_steps()
