"""Which studies a retention rule means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from archive.keeping.rules import Rule, StudyFacts, covers, is_due, matches, modalities_of

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def rule(**over: Any) -> Rule:
    return Rule(**{"name": "r", "action": "delete", "days": 365, **over})


def study(*, days: float = 400, **over: Any) -> StudyFacts:
    values: dict[str, Any] = {
        "modalities": ("CT",),
        "body_parts": ("HEAD",),
        "description": "CT head",
        "last_received_at": NOW - timedelta(days=days),
    }
    return StudyFacts(**{**values, **over})


@pytest.mark.parametrize(
    ("over", "facts", "means"),
    [
        ({}, {}, True),
        ({"modality": ("CT", "MR")}, {}, True),
        ({"modality": ("MR",)}, {}, False),
        ({"modality": ("CT",)}, {"modalities": ("CT", "SR", "KO")}, True),
        ({"modality": ("CT",)}, {"modalities": ("CT", "PT")}, False),
        ({"modality": ("SR",)}, {"modalities": ("SR",)}, True),
        ({"modality": ("CT",)}, {"modalities": ()}, False),
        ({"body_part": "HEAD"}, {}, True),
        ({"body_part": "CHEST"}, {}, False),
        ({"body_part": "HEAD"}, {"body_parts": ("HEAD", "CHEST")}, False),
        ({"description": "ct*"}, {}, True),
        ({"description": "*phantom*"}, {}, False),
    ],
)
def test_a_rule_covers_what_it_names(
    over: dict[str, Any], facts: dict[str, Any], means: bool
) -> None:
    assert covers(rule(**over), study(**facts)) is means
    assert is_due(rule(**over), study(**facts), now=NOW) is means


def test_a_study_has_to_be_old_enough() -> None:
    assert is_due(rule(), study(days=365), now=NOW)
    assert not is_due(rule(), study(days=364.9), now=NOW)


def test_a_study_that_was_opened_lately_is_not_cold_but_may_be_deleted() -> None:
    opened = {"last_opened_at": NOW - timedelta(days=2)}
    assert not is_due(rule(action="cold"), study(**opened), now=NOW)
    assert is_due(rule(), study(**opened), now=NOW)


def test_the_last_studies_of_a_patient_stay() -> None:
    assert not is_due(rule(keep_last=2), study(newer_of_patient=1), now=NOW)
    assert is_due(rule(keep_last=2), study(newer_of_patient=2), now=NOW)


def test_an_expired_study_has_no_age_to_reach_but_is_not_moved_for_it() -> None:
    assert is_due(rule(), study(days=1, expired=True), now=NOW)
    assert not is_due(rule(modality=("MR",)), study(days=1, expired=True), now=NOW)
    assert not is_due(rule(action="cold"), study(days=1, expired=True), now=NOW)


@pytest.mark.parametrize(
    ("pattern", "text", "does"),
    [("a*c", "ABBC", True), ("a?c", "abc", True), ("a?c", "ac", False), ("a.c", "abc", False)],
)
def test_patterns_have_two_wild_cards(pattern: str, text: str, does: bool) -> None:
    assert matches(pattern, text) is does


def test_modalities_are_kept_with_backslashes() -> None:
    assert modalities_of("CT\\SR") == ("CT", "SR")
    assert modalities_of("") == ()
