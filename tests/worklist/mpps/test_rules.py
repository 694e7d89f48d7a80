"""The lifecycle of a performed step: every pair (PS3.4 Annex F)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.builders import MORNING
from worklist.mpps.rules import (
    moment,
    next_status,
    outcome,
    referenced_instances,
    to_infer,
    wait_of,
)


@pytest.mark.parametrize("status", ["IN PROGRESS", "COMPLETED", "DISCONTINUED"])
@pytest.mark.parametrize("command", ["update", "complete", "discontinue"])
def test_only_a_running_step_moves(status: str, command: str) -> None:
    expected = {
        "update": "IN PROGRESS",
        "complete": "COMPLETED",
        "discontinue": "DISCONTINUED",
    }[command]
    assert next_status(status, command) == (expected if status == "IN PROGRESS" else None)


def test_referenced_instances_of_images_and_other_objects_are_found() -> None:
    item = {"00081155": {"vr": "UI", "Value": ["1.2"]}}
    other = {"00081155": {"vr": "UI", "Value": ["1.3"]}}
    series = {"00081140": {"vr": "SQ", "Value": [item]}, "00400220": {"vr": "SQ", "Value": [other]}}
    attributes = {"00400340": {"vr": "SQ", "Value": [series, {}]}}
    assert referenced_instances(attributes) == ["1.2", "1.3"]
    assert referenced_instances({}) == []


def test_a_time_of_this_very_second_is_now_and_any_other_is_as_told() -> None:
    now = MORNING.replace(microsecond=700_000)
    assert moment(MORNING, now=now) == now
    for told in (MORNING - timedelta(seconds=1), MORNING + timedelta(seconds=1)):
        assert moment(told, now=now) == told


@pytest.mark.parametrize("command", ["complete", "discontinue"])
@pytest.mark.parametrize("wrong", [True, False])
@pytest.mark.parametrize(
    "others",
    [(), ("DISCONTINUED",), ("COMPLETED",), ("IN PROGRESS",), ("COMPLETED", "IN PROGRESS")],
)
def test_what_the_end_of_one_performed_step_means(
    command: str, wrong: bool, others: tuple[str, ...]
) -> None:
    expected = command
    if "IN PROGRESS" in others:
        expected = ""
    elif "COMPLETED" in others:
        expected = "complete"
    elif wrong and command == "discontinue":
        expected = "return"
    assert outcome(command, others, wrong) == expected


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], []),
        (["scheduled"], [0]),
        (["arrived", "ready"], [0]),
        (["in_progress", "scheduled"], [0]),
        (["in_progress", "in_progress"], [0, 1]),
        (["completed", "scheduled"], []),
        (["cancelled", "scheduled"], []),
        (["discontinued"], []),
    ],
)
def test_quiet_images_end_what_runs_or_the_first_step(
    statuses: list[str], expected: list[int]
) -> None:
    assert to_infer(statuses) == expected


def test_a_silent_device_is_waited_for_ten_minutes_at_most() -> None:
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    assert wait_of(hour, silent=False) == hour
    assert wait_of(hour, silent=True) == 10 * minute
    assert wait_of(minute, silent=True) == minute
