"""What a person at the desk can do with a step, and what they cannot."""

from __future__ import annotations

import pytest

from pacs_hub.kernel.origin import Origin
from tests.support.builders import CT1, a_station, an_exam, step_start
from worklist.models import ExamEvent, Station
from worklist.mpps.services import start_step
from worklist.scheduling.services import (
    StepStateForbids,
    arrive,
    cancel,
    mark_no_show,
    replace_stations,
)

pytestmark = pytest.mark.django_db
DESK = Origin.over_http(user="desk")


def test_an_arrival_is_on_the_exam_with_who_said_so() -> None:
    exam = arrive(exam_id=an_exam().pk, origin=DESK)
    assert exam.status == "arrived"
    assert exam.arrived_at is not None
    event = ExamEvent.objects.get(kind="arrived")
    assert (event.actor, event.door) == ("desk", "http")


@pytest.mark.parametrize("action", [arrive, cancel, mark_no_show])
def test_a_started_exam_cannot_go_back(action) -> None:  # type: ignore[no-untyped-def]
    exam = an_exam()
    start_step(start=step_start(exam), origin=CT1)
    with pytest.raises(StepStateForbids):
        action(exam_id=exam.pk, origin=DESK)


def test_a_no_show_after_arrival_is_refused() -> None:
    exam = an_exam()
    arrive(exam_id=exam.pk, origin=DESK)
    with pytest.raises(StepStateForbids):
        mark_no_show(exam_id=exam.pk, origin=DESK)


def test_replacing_the_real_stations_leaves_the_simulated_ones() -> None:
    a_station(ae_title="SIM1", simulated=True)
    a_station(ae_title="OLD1")
    replace_stations([{"ae_title": "CT9", "modality": "CT", "name": "CT room 9"}])
    assert set(Station.objects.values_list("ae_title", flat=True)) == {"SIM1", "CT9"}
