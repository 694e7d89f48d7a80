"""The same word for the same state, and only what needs a hand is loud."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from pacs_hub.web import wording
from worklist.exams.models import ChargeStatus, ExamStatus, ReportStatus
from worklist.exams.rules import STRIPS

NOW = datetime(2026, 11, 24, 9, 16, tzinfo=UTC)


def exam(**over: Any) -> Any:
    """Return an exam's states; a quiet scheduled one where nothing is said."""
    state = {
        "status": "scheduled",
        "report_status": "none",
        "charge_status": "none",
        "charge_note": "",
        "image_status": "none",
        "image_note": "",
        "number_of_instances": 0,
        "inferred": [],
        "ordered_at": NOW,
        "scheduled_for": NOW + timedelta(hours=1),
        "arrived_at": None,
        "started_at": None,
        "completed_at": None,
    }
    return SimpleNamespace(**(state | over))


def test_every_state_has_a_word() -> None:
    assert set(wording.STATUS_WORDS) == set(ExamStatus.values)
    assert set(wording.REPORT_WORDS) == set(ReportStatus.values)
    assert set(wording.CHARGE_WORDS) == set(ChargeStatus.values)
    assert set(wording.STRIP_WORDS) == set(STRIPS)


def test_a_normal_exam_is_quiet() -> None:
    assert wording.step_axis(exam(), now=NOW).tone == "none"
    assert wording.image_axis(exam(), now=NOW).tone == "none"
    assert wording.charge_axis(exam()).word == "expected"


def test_an_exam_in_progress_says_since_when() -> None:
    step = wording.step_axis(
        exam(status="in_progress", started_at=NOW - timedelta(minutes=6)), now=NOW
    )
    assert (step.tone, step.word, step.aside) == ("run", "in progress", "6 min")


def test_a_scheduled_exam_past_its_time_waits_for_someone() -> None:
    step = wording.step_axis(exam(scheduled_for=NOW - timedelta(minutes=20)), now=NOW)
    assert (step.tone, step.aside) == ("wait", "late")


def test_a_completion_nobody_reported_is_marked_inferred() -> None:
    step = wording.step_axis(
        exam(status="completed", completed_at=NOW, inferred=["completed_at"]), now=NOW
    )
    assert (step.tone, step.aside) == ("ok", "inferred")


def test_images_of_another_patient_are_loud_and_say_so() -> None:
    images = wording.image_axis(
        exam(image_status="conflict", image_note="other patient", number_of_instances=38), now=NOW
    )
    assert (images.tone, images.word) == ("bad", "38 · other patient")


def test_a_completed_exam_without_images_waits_after_half_an_hour() -> None:
    done = exam(status="completed", completed_at=NOW - timedelta(minutes=31))
    assert wording.image_axis(done, now=NOW).tone == "wait"


def test_a_refused_charge_shows_the_reason_in_place_of_the_state() -> None:
    charge = wording.charge_axis(exam(charge_status="rejected", charge_note="no account"))
    assert (charge.tone, charge.word) == ("bad", "no account")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("DOE^JANE", "Doe, Jane"),
        ("Müller^Zoë", "Müller, Zoë"),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "山田, 太郎"),
        ("O'BRIEN^SIOBHÁN^M", "O'Brien, Siobhán M"),
        ("Madonna", "Madonna"),
        ("LI^WU", "Li, Wu"),
        ("^^^", "name not given"),
        ("", "name not given"),
    ],
)
def test_names_stand_as_people_write_them(name: str, shown: str) -> None:
    assert wording.person_name(name) == shown


@pytest.mark.parametrize(
    ("born", "shown"),
    [
        (date(1972, 11, 25), "53"),
        (date(1972, 11, 24), "54"),
        (date(2026, 8, 1), "3 mo"),
        (date(2026, 11, 20), "4 d"),
        (None, "?"),
    ],
)
def test_ages_are_of_the_day(born: date | None, shown: str) -> None:
    assert wording.age(born, on=date(2026, 11, 24)) == shown


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [(0, "now"), (6, "6 min"), (119, "119 min"), (120, "2 h"), (60 * 50, "2 d")],
)
def test_spans_are_said_as_people_say_them(minutes: int, shown: str) -> None:
    assert wording.span(timedelta(minutes=minutes)) == shown
