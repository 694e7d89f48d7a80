"""Each pair of the table of appointments, and what each event wants."""

from __future__ import annotations

import pytest

from worklist.appointments.rules import (
    APPOINTMENT_MOVES,
    STATES,
    WANTED,
    AppointmentFacts,
    Command,
    ResourceFacts,
    judge,
    wanted,
)

# columns: pending waitlist booked arrived checked_in fulfilled cancelled no_show entered_in_error
EXPECTED: dict[str, str] = {
    "proposed": "move move move move move move move move move",
    "pending": "stay move move move move move move move move",
    "waitlist": "move stay move move move move move move move",
    "booked": "move move stay move move move move move move",
    "arrived": "stay stay stay stay move move move hold hold",
    "checked_in": "stay stay stay stay stay move move hold hold",
    "fulfilled": "stay stay stay stay stay stay hold hold hold",
    "cancelled": "move move move ignore ignore hold stay ignore move",
    "no_show": "move move move move move hold move stay move",
    "entered_in_error": "ignore ignore ignore ignore ignore ignore stay ignore stay",
}
PAIRS = [
    (state, want, EXPECTED[state].split()[place])
    for state in STATES
    for place, want in enumerate(WANTED)
]


def test_the_table_is_total() -> None:
    assert len(PAIRS) == len(APPOINTMENT_MOVES)


@pytest.mark.parametrize(("state", "want", "verdict"), PAIRS)
def test_every_state_in_every_state(state: str, want: str, verdict: str) -> None:
    assert judge(state, want, command="book", late=False) == verdict


@pytest.mark.parametrize(("state", "want", "verdict"), PAIRS)
def test_late_news_moves_nothing(state: str, want: str, verdict: str) -> None:
    assert judge(state, want, command="book", late=True) in ("stay", "ignore")


@pytest.mark.parametrize(
    ("command", "named", "moves", "want"),
    [
        ("book", "", False, "booked"),
        ("book", "pending", False, "pending"),
        ("reschedule", "", True, "booked"),
        ("modify", "", False, ""),
        ("modify", "", True, "booked"),
        ("modify", "checked_in", False, "checked_in"),
        ("cancel", "booked", False, "cancelled"),
        ("discontinue", "", False, "cancelled"),
        ("delete", "", False, "entered_in_error"),
        ("no_show", "booked", False, "no_show"),
    ],
)
def test_what_each_event_wants(command: Command, named: str, moves: bool, want: str) -> None:
    assert wanted(command, named=named, moves=moves) == want


@pytest.mark.parametrize("command", ["reschedule", "modify"])
def test_who_was_seen_is_given_no_new_time(command: Command) -> None:
    assert judge("fulfilled", "booked", command=command, late=False, moves=True) == "hold"
    assert judge("fulfilled", "booked", command=command, late=False) == "stay"


def test_a_change_alone_does_not_book_a_cancelled_appointment_again() -> None:
    assert judge("cancelled", "booked", command="modify", late=False) == "ignore"
    assert judge("cancelled", "booked", command="reschedule", late=False) == "move"


def test_what_is_to_be_done_is_told_by_its_services() -> None:
    told = tuple(ResourceFacts(kind=k, code=c) for k, c in (("service", "CT"), ("room", "R1")))
    facts = AppointmentFacts(resources=told)
    assert facts.procedure_codes == ("CT",)
    assert not facts.names_order
    assert AppointmentFacts(placer_order_number="P").names_order
