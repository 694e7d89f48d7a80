"""Step states, step ids and the choice of a station."""

from __future__ import annotations

import pytest

from worklist.scheduling.models import StepStatus
from worklist.scheduling.rules import (
    FINAL,
    STEP_TRANSITIONS,
    StationFacts,
    choose_station,
    exam_status,
    next_status,
    step_id,
)

COMMANDS = ("arrive", "start", "complete", "discontinue", "cancel", "no_show")
LEADS_TO = {
    "arrive": "arrived",
    "start": "in_progress",
    "complete": "completed",
    "discontinue": "discontinued",
    "cancel": "cancelled",
    "no_show": "no_show",
}


@pytest.mark.parametrize("status", StepStatus.values)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_pair_of_state_and_command(status: str, command: str) -> None:
    allowed = {
        "arrive": {"scheduled"},
        "start": set(StepStatus.values) - {"in_progress"},
        "complete": {"scheduled", "arrived", "ready", "in_progress"},
        "discontinue": {"scheduled", "arrived", "ready", "in_progress"},
        "cancel": {"scheduled", "arrived", "ready"},
        "no_show": {"scheduled"},
    }[command]
    assert next_status(status, command) == (LEADS_TO[command] if status in allowed else None)


def test_the_table_speaks_of_known_states_only() -> None:
    known = set(StepStatus.values)
    assert {status for status, _ in STEP_TRANSITIONS} | set(STEP_TRANSITIONS.values()) <= known
    assert known >= FINAL


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], None),
        (["scheduled", "scheduled"], None),
        (["scheduled", "arrived"], "arrived"),
        (["arrived", "in_progress"], "in_progress"),
        (["completed", "scheduled"], "in_progress"),
        (["completed", "cancelled"], "completed"),
        (["completed", "completed"], "completed"),
        (["cancelled", "discontinued"], "discontinued"),
        (["cancelled", "cancelled"], "cancelled"),
        (["no_show"], "no_show"),
    ],
)
def test_the_exam_is_what_its_steps_together_are(statuses: list[str], expected: str | None) -> None:
    assert exam_status(statuses) == expected


def station(ae_title: str, load: int = 0, *procedures: str) -> StationFacts:
    return StationFacts(ae_title=ae_title, modality="CT", procedures=procedures, load=load)


def test_a_station_that_names_the_procedure_goes_before_one_that_does_all() -> None:
    chosen = choose_station(
        stations=[station("CT1"), station("CT2", 9, "CTHEAD")],
        modality="CT",
        procedure_code="CTHEAD",
    )
    assert chosen is not None
    assert chosen.ae_title == "CT2"


def test_a_station_of_another_modality_or_procedure_is_never_chosen() -> None:
    stations = [station("CT1", 0, "CTABD")]
    assert choose_station(stations=stations, modality="CT", procedure_code="CTHEAD") is None
    assert choose_station(stations=stations, modality="MR", procedure_code="CTABD") is None


@pytest.mark.parametrize("requested", ["RP1", "GH260000001", "A" * 16])
def test_step_ids_fit_and_differ(requested: str) -> None:
    ids = [step_id(requested_procedure_id=requested, number=n) for n in range(1, 12)]
    assert all(len(each) <= 16 for each in ids)
    assert len(set(ids)) == len(ids)
