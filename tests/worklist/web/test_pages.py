"""What people do to exams, and to the link between studies and exams, from their pages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pacs_hub.audit.models import AuditRow
from pacs_hub.kernel import clock
from tests.support import board
from tests.support.browsing import browser, text_of
from tests.support.callers import person
from worklist.models import Exam, StudyMatch

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch) -> list[Exam]:
    """Fill the board around noon."""
    monkeypatch.setattr(clock, "now", lambda: NOON)
    board.a_site()
    return board.a_day(now=NOON)


def exam_of(day: list[Exam], name: str) -> Exam:
    return next(exam for exam in day if exam.patient.name.startswith(name))


def test_checking_in_moves_the_exam_and_says_so(day: list[Exam]) -> None:
    exam = exam_of(day, "Ben David")
    client = browser("scheduler")
    page = client.post(f"/exams/{exam.pk}/arrive/", follow=True)
    assert "Checked in." in text_of(page)
    exam.refresh_from_db()
    assert exam.status == "arrived"
    assert exam.events.get(kind="arrived").actor == "person"
    assert AuditRow.objects.filter(action="update", object_type="exam", actor="person").exists()


def test_what_is_not_possible_any_more_is_told_and_changes_nothing(day: list[Exam]) -> None:
    exam = exam_of(day, "Novák")
    page = browser("scheduler").post(f"/exams/{exam.pk}/cancel/", follow=True)
    assert "Not done: the exam is completed" in text_of(page)
    exam.refresh_from_db()
    assert exam.status == "completed"


def test_an_action_needs_the_token_of_the_page(day: list[Exam]) -> None:
    exam = exam_of(day, "Ben David")
    assert person("scheduler").post(f"/exams/{exam.pk}/arrive/").status_code == 403
    exam.refresh_from_db()
    assert exam.status == "scheduled"


@pytest.mark.parametrize("role", ["radiologist", "billing", "auditor", "referrer"])
def test_a_role_that_may_not_write_is_refused(day: list[Exam], role: str) -> None:
    exam = exam_of(day, "Ben David")
    answer = browser(role, provider_id="D7").post(f"/exams/{exam.pk}/arrive/")
    assert answer.status_code == 403


def test_an_unknown_action_is_not_found(day: list[Exam]) -> None:
    assert browser("admin").post(f"/exams/{day[0].pk}/explode/").status_code == 404


def test_a_person_links_a_held_study_and_says_why(day: list[Exam]) -> None:
    exam = exam_of(day, "Müller")
    match = StudyMatch.objects.get(exam=exam)
    to = f"/studies/{match.study_id}/link/"
    client = browser("technologist")
    refused = client.post(to, {"exam": exam.pk, "reason": " "}, follow=True)
    assert "Not linked: say why" in text_of(refused)
    linked = client.post(to, {"exam": exam.pk, "reason": "checked with the ward"}, follow=True)
    assert "The images are linked to this exam." in text_of(linked)
    match.refresh_from_db()
    assert (match.state, match.decided_by) == ("linked", "person")


def test_a_person_takes_images_away_from_the_wrong_exam(day: list[Exam]) -> None:
    exam = exam_of(day, "Novák")
    match = StudyMatch.objects.get(exam=exam)
    page = browser("admin").post(
        f"/studies/{match.study_id}/unlink/", {"exam": exam.pk, "reason": "twin"}, follow=True
    )
    assert "The images wait for a person again." in text_of(page)
    exam.refresh_from_db()
    assert exam.number_of_instances == 0
