"""The lifecycle of a performed step: every pair (PS3.4 Annex F)."""

from __future__ import annotations

import pytest

from worklist.mpps.rules import next_status, referenced_instances


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
