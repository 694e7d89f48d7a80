"""Appointments as rows, and visits that speak to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from pacs_hub.access.queries import site
from tests.support.builders import a_patient
from tests.support.mllp_door import a_site
from tests.support.scheduled import ORIGIN, scheduled_exam, tomorrow
from worklist.appointments import services
from worklist.appointments.rules import AppointmentFacts, Command, ResourceFacts
from worklist.models import Account, Appointment, Exam, Order, ScheduledProcedureStep, Visit
from worklist.visits.rules import VisitFacts
from worklist.visits.services import tell_visit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _hospital() -> None:
    a_site()


def order_of(exam: Exam) -> Order:
    return Order.objects.get(requested_procedures__exam=exam)


def tell(
    command: Command, *, exam: Exam | None = None, at: datetime | None = None, **over: Any
) -> services.Told:
    said = {"filler_number": "A1", "start": tomorrow(14), "sender": "RIS", "event_at": at} | over
    return services.tell_appointment(
        facts=AppointmentFacts(**said),
        command=command,
        patient=exam.patient if exam else a_patient(),
        order=order_of(exam) if exam else None,
        site=site(),
        origin=ORIGIN,
        forced=bool(over.get("forced")),
    )


def a_visit(exam: Exam) -> Visit:
    order = order_of(exam)
    order.visit_number = "V1"
    order.save()
    facts = VisitFacts(number="V1", account_number="ACC1", patient_class="I")
    told = tell_visit(facts=facts, command="admit", patient=exam.patient, origin=ORIGIN)
    assert told.visit is not None
    return told.visit


def test_the_exam_follows_its_appointment() -> None:
    exam = scheduled_exam()
    told = tell("book", exam=exam)
    exam.refresh_from_db()
    assert [e.pk for e in told.exams] == [exam.pk]
    assert exam.scheduled_for == tomorrow(14)
    assert tell("book", exam=exam).verdict == "stay"
    assert Appointment.objects.get().history.count() == 2


def test_what_is_needed_is_replaced_where_it_is_told_and_kept_where_not() -> None:
    tell("book", resources=(ResourceFacts(kind="room", code="R1"),))
    tell("modify")
    assert Appointment.objects.get().resources.get().code == "R1"
    tell("modify", resources=(ResourceFacts(kind="room", code="R2"),))
    assert Appointment.objects.get().resources.get().code == "R2"


def test_an_appointment_is_found_by_its_placer_number_alone() -> None:
    first = tell("book", placer_number="P1").appointment
    told = tell("modify", filler_number="", placer_number="P1").appointment
    assert told.pk == first.pk


def test_an_appointment_that_nobody_knows_is_remembered_as_it_ends() -> None:
    exam = scheduled_exam()
    told = tell("cancel", exam=exam, at=tomorrow(8))
    exam.refresh_from_db()
    assert (told.before, told.appointment.status, exam.status) == ("", "cancelled", "ordered")
    late = tell("book", exam=exam, at=tomorrow(7))
    assert (late.verdict, late.appointment.status) == ("stay", "cancelled")


def test_an_arrival_moves_todays_steps_once() -> None:
    exam = scheduled_exam(start=tomorrow(9))
    visit = a_visit(exam)
    tell("book", exam=exam, start=tomorrow(10))
    moved, booked = services.arrive_visit(visit=visit, at=tomorrow(8), site=site(), origin=ORIGIN)
    assert [e.pk for e in moved] == [exam.pk]
    assert [row.status for row in booked] == ["arrived"]
    again = services.arrive_visit(visit=visit, at=tomorrow(8), site=site(), origin=ORIGIN)
    assert again == ([], [])


def test_an_arrival_on_another_day_moves_nothing() -> None:
    visit = a_visit(scheduled_exam(start=tomorrow(9)))
    yesterday = tomorrow(9) - timedelta(days=2)
    assert services.arrive_visit(visit=visit, at=yesterday, site=site(), origin=ORIGIN) == ([], [])


def test_a_note_stands_on_open_steps_until_it_is_taken_away() -> None:
    exam = scheduled_exam()
    visit = a_visit(exam)
    for note in ("patient discharged", ""):
        noted = services.note_on_visit(visit=visit, note=note, origin=ORIGIN)
        assert [e.pk for e in noted] == [exam.pk]
        assert ScheduledProcedureStep.objects.get().visit_note == note
    assert services.note_on_visit(visit=visit, note="", origin=ORIGIN) == []


def test_a_visit_with_orders_is_not_deleted() -> None:
    visit = a_visit(scheduled_exam())
    services.check_not_started(visit)
    with pytest.raises(services.VisitHasExams):
        services.check_no_dependents(visit)


def test_orders_follow_their_visit_to_another_number_and_another_patient() -> None:
    exam = scheduled_exam()
    visit = a_visit(exam)
    old, new = services.Number(value="V1"), services.Number(value="V2")
    changed, note = services.change_visit_number(
        patient=exam.patient, old=old, new=new, origin=ORIGIN
    )
    assert changed is not None
    assert not note
    assert order_of(exam).visit_number == "V2"
    again, _ = services.change_visit_number(patient=exam.patient, old=old, new=new, origin=ORIGIN)
    assert again is None
    other = scheduled_exam(patient_id="P2", name="Roe^Richard").patient
    moved = services.move_account(
        number=services.Number(value="ACC1"), patient=other, origin=ORIGIN
    )
    assert [each.what for each in moved] == ["account", "visit", "order"]
    exam.refresh_from_db()
    visit.refresh_from_db()
    assert exam.patient == visit.patient == order_of(exam).patient == other
    assert (
        services.move_account(number=services.Number(value="ACC1"), patient=other, origin=ORIGIN)
        == []
    )


def test_images_do_not_move_without_a_person() -> None:
    exam = scheduled_exam()
    a_visit(exam)
    Exam.objects.filter(pk=exam.pk).update(number_of_instances=3)
    other = scheduled_exam(patient_id="P2", name="Roe^Richard").patient
    with pytest.raises(services.ImagesWouldMove):
        services.move_visit(
            number=services.Number(value="V1"),
            account=services.Number(value="ACC2"),
            patient=other,
            origin=ORIGIN,
        )
    assert not Account.objects.filter(number="ACC2").exists()


def test_what_contradicts_needs_a_person() -> None:
    tell("book")
    tell("modify", status="fulfilled")
    with pytest.raises(services.AppointmentContradicts):
        tell("cancel")
