"""Order states, UIDs and accession numbers."""

from __future__ import annotations

import pytest

from worklist.orders.models import OrderStatus
from worklist.orders.rules import (
    ORDER_TRANSITIONS,
    accession_number,
    is_uid,
    new_study_instance_uid,
    next_state,
)

COMMANDS = ("change", "schedule", "start", "complete", "cancel", "discontinue", "hold", "release")
ALLOWED = {
    "change": set(OrderStatus.values),
    "schedule": {"new", "scheduled", "on_hold"},
    "start": set(OrderStatus.values),
    "complete": {"new", "scheduled", "on_hold", "in_progress", "completed"},
    "cancel": {"new", "scheduled", "on_hold", "cancelled"},
    "discontinue": {"new", "scheduled", "on_hold", "in_progress", "discontinued"},
    "hold": {"new", "scheduled"},
    "release": {"on_hold"},
}


@pytest.mark.parametrize("status", OrderStatus.values)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_pair_of_state_and_command(status: str, command: str) -> None:
    assert (next_state(status, command) is not None) == (status in ALLOWED[command])


def test_the_table_leads_to_known_states_only() -> None:
    assert set(ORDER_TRANSITIONS.values()) <= set(OrderStatus.values)


@pytest.mark.parametrize("uid", ["1.2.3", "2.25.0", "0.0"])
def test_uids_are_accepted(uid: str) -> None:
    assert is_uid(uid)


@pytest.mark.parametrize("uid", ["", "1", "3.1", "1.02", "1.2.", "1..2", "1.2/..", "1." + "2" * 63])
def test_what_is_no_uid_is_refused(uid: str) -> None:
    assert not is_uid(uid)


def test_issued_uids_are_uids_and_differ() -> None:
    issued = {new_study_instance_uid() for _ in range(50)}
    assert len(issued) == 50
    assert all(is_uid(uid) for uid in issued)


@pytest.mark.parametrize("facility", ["GH", "", "Gen*ral?", "VERYLONGFACILITY"])
def test_issued_accession_numbers_fit_and_hold_no_wildcard(facility: str) -> None:
    number = accession_number(facility=facility, year=2026, number=9_999_999)
    assert len(number) <= 16
    assert number.isalnum()
