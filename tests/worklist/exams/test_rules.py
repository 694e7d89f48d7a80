"""The table of exam states, every pair."""

from __future__ import annotations

import pytest

from worklist.exams.models import ExamStatus
from worklist.exams.rules import ENDED, EXAM_TRANSITIONS, NOT_STARTED, may_become


def test_the_table_knows_every_state_and_leads_to_known_ones() -> None:
    known = set(ExamStatus.values)
    assert set(EXAM_TRANSITIONS) == known
    assert all(targets <= known for targets in EXAM_TRANSITIONS.values())
    assert {"in_progress"} | NOT_STARTED | ENDED == known


@pytest.mark.parametrize("status", ExamStatus.values)
def test_whatever_was_planned_can_be_performed(status: str) -> None:
    assert status == "in_progress" or may_become(status, "in_progress")


@pytest.mark.parametrize("status", ["in_progress", "completed", "discontinued"])
@pytest.mark.parametrize("wanted", ["ordered", "scheduled", "arrived", "cancelled", "no_show"])
def test_what_was_performed_never_becomes_a_plan_again(status: str, wanted: str) -> None:
    assert not may_become(status, wanted)
