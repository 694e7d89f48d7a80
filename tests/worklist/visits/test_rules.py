"""Each pair of the table of visits: what every event does in every state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from worklist.accounts.rules import is_late
from worklist.visits.rules import BEGINS, STATES, VISIT_MOVES, Command, Decision, decide

COMMANDS = sorted({command for _, command in VISIT_MOVES})
# rows as in spec 6: unknown, planned, in progress, on leave, finished, cancelled
EXPECTED: dict[str, str] = {
    "admit": "in_progress in_progress stay stay in_progress in_progress",
    "plan": "planned stay stay stay stay planned",
    "transfer": "in_progress in_progress stay stay stay stay",
    "discharge": "finished finished finished finished stay ignore",
    "update": "in_progress stay stay stay stay stay",
    "change_class": "in_progress in_progress stay stay stay stay",
    "leave": "on_leave ignore on_leave stay ignore ignore",
    "return": "in_progress ignore stay in_progress ignore ignore",
    "arrive": "refuse stay stay stay ignore ignore",
    "cancel_admit": "cancelled cancelled cancelled cancelled hold stay",
    "cancel_plan": "cancelled cancelled ignore ignore ignore stay",
    "cancel_transfer": "ignore stay stay stay ignore ignore",
    "cancel_discharge": "in_progress ignore stay stay in_progress ignore",
    "delete": "ignore cancelled cancelled cancelled cancelled stay",
}
PAIRS = [
    (state, command, EXPECTED[command].split()[place])
    for command in COMMANDS
    for place, state in enumerate(STATES)
]
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def _outcome(decision: Decision) -> str:
    return decision.state if decision.do == "move" else decision.do


def test_the_table_is_total() -> None:
    assert len(PAIRS) == len(VISIT_MOVES) == len(STATES) * len(EXPECTED)


@pytest.mark.parametrize(("state", "command", "outcome"), PAIRS)
def test_every_event_in_every_state(state: str, command: Command, outcome: str) -> None:
    assert _outcome(decide(state, command)) == outcome


@pytest.mark.parametrize(("state", "command", "outcome"), PAIRS)
def test_late_news_moves_nothing_but_a_plan_that_began(
    state: str, command: Command, outcome: str
) -> None:
    late = decide(state, command, late=True)
    if late.do == "move":
        assert (state, late.state) in BEGINS
    else:
        assert late.do in ("stay", "refuse")


def test_what_is_not_done_as_told_is_said() -> None:
    assert "not known" in decide("", "discharge").note
    assert "in progress" in decide("in_progress", "cancel_plan").note
    assert decide("", "admit").note == ""


@pytest.mark.parametrize(
    ("minutes", "sender", "known_sender", "late"),
    [
        (-1, "HIS", "HIS", True),
        (0, "HIS", "HIS", False),
        (1, "HIS", "HIS", False),
        (-1, "HIS", "RIS", False),
        (-1, "HIS", "", True),
    ],
)
def test_the_clocks_of_two_senders_are_not_compared(
    minutes: int, sender: str, known_sender: str, late: bool
) -> None:
    at = NOW + timedelta(minutes=minutes)
    told = is_late(event_at=at, sender=sender, known_at=NOW, known_sender=known_sender)
    assert told is late


def test_without_a_time_nothing_is_late() -> None:
    assert not is_late(event_at=None, sender="A", known_at=NOW, known_sender="A")
    assert not is_late(event_at=NOW, sender="A", known_at=None, known_sender="A")
