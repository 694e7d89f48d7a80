"""Which studies go where and when, what answers mean, and how long one waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from archive.forwarding.rules import (
    LONGEST,
    OPEN_MINUTES,
    SYNTAXES,
    Rule,
    StudyFacts,
    applies,
    is_open,
    is_window,
    later,
    open_for,
    opens_at,
    outcome_of,
    words_for,
)
from archive.retrieve.pixels import NATIVE
from archive.retrieve.transcoding import ENCODED

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def study(**over: Any) -> StudyFacts:
    """Return the facts of a CT of the head."""
    facts: dict[str, Any] = {
        "modalities": frozenset({"CT", "SR"}),
        "stations": frozenset({"CTROOM1"}),
        "senders": frozenset({"CT1"}),
        "body_parts": frozenset({"HEAD"}),
        "description": "CT head, stroke?",
        "is_linked": False,
    }
    return StudyFacts(**(facts | over))


@pytest.mark.parametrize(
    ("wanted", "speaks"),
    [
        ({}, True),
        ({"modality": ("CT",)}, True),
        ({"modality": ("MR", "PT")}, False),
        ({"station": ("CTROOM1",)}, True),
        ({"station": ("CTROOM2",)}, False),
        ({"calling_ae": ("CT1",)}, True),
        ({"calling_ae": ("CT2",)}, False),
        ({"body_part": "HEAD"}, True),
        ({"body_part": "CHEST"}, False),
        ({"description": "*STROKE*"}, True),
        ({"description": "stroke"}, False),
        ({"linked": True}, False),
        ({"modality": ("CT",), "body_part": "CHEST"}, False),
    ],
)
def test_a_rule_speaks_of_what_it_says(wanted: dict[str, Any], speaks: bool) -> None:
    assert applies(Rule(name="r", to="WS", **wanted), study()) is speaks


def test_a_linked_study_is_linked() -> None:
    assert applies(Rule(name="r", to="WS", linked=True), study(is_linked=True))


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (0x0000, "sent"),
        (0xB000, "warning"),
        (0xB006, "warning"),
        (0xB007, "warning"),
        (0x0107, "warning"),
        (0xA700, "later"),
        (0xA702, "later"),
        (0xA900, "failed"),
        (0xC000, "failed"),
        (0xC123, "failed"),
        (0x0122, "failed"),
        (0x0124, "failed"),
        (0xFE00, "failed"),
    ],
)
def test_the_status_says_whether_it_is_sent_again(status: int, outcome: str) -> None:
    assert outcome_of(status) == outcome
    if status:
        assert words_for(status, ae_title="WS").startswith("WS ")
        assert f"(0x{status:04X})" in words_for(status, ae_title="WS")


@pytest.mark.parametrize(
    ("window", "hour", "opens_in"),
    [
        ("20:00-06:00", 12, 8),
        ("20:00-06:00", 21, 0),
        ("20:00-06:00", 5, 0),
        ("20:00-06:00", 6, 14),
        ("09:00-17:00", 12, 0),
        ("09:00-17:00", 18, 15),
        ("", 3, 0),
    ],
)
def test_a_window_is_open_or_opens_next(window: str, hour: int, opens_in: int) -> None:
    at = NOON.replace(hour=hour)
    assert opens_at(window, at) - at == timedelta(hours=opens_in)
    assert is_open(window, at) is (opens_in == 0)


@pytest.mark.parametrize("text", ["", "20-06", "24:00-06:00", "20:00-20:00", "20:60-06:00"])
def test_what_is_no_window(text: str) -> None:
    assert not is_window(text)


def test_one_waits_longer_and_longer_for_a_week() -> None:
    waits = [later(attempts=n, now=NOON, since=NOON) for n in range(1, 12)]
    minutes = [(at - NOON) / timedelta(minutes=1) for at in waits if at is not None]
    assert minutes[:4] == [1, 5, 15, 60]
    assert minutes == sorted(minutes)
    assert minutes[-1] == 24 * 60
    assert later(attempts=9, now=NOON + LONGEST, since=NOON) is None


def test_a_circuit_opens_longer_each_time() -> None:
    opened = [open_for(n) / timedelta(minutes=1) for n in range(1, 8)]
    assert opened[: len(OPEN_MINUTES)] == list(OPEN_MINUTES)
    assert opened[-1] == OPEN_MINUTES[-1]


def test_every_syntax_that_may_be_asked_for_can_be_made() -> None:
    assert set(SYNTAXES.values()) <= NATIVE | ENCODED
