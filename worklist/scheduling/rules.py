"""The table of step states, step ids, and which station a step goes to; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# (status, command) -> status. Precedence of sources: MPPS over technologist over HL7; a command
# that is not listed is refused. docs/conformance.md repeats this table.
STEP_TRANSITIONS: Final[dict[tuple[str, str], str]] = {
    ("scheduled", "arrive"): "arrived",
    ("scheduled", "start"): "in_progress",
    ("scheduled", "complete"): "completed",
    ("scheduled", "discontinue"): "discontinued",
    ("scheduled", "cancel"): "cancelled",
    ("scheduled", "no_show"): "no_show",
    ("arrived", "start"): "in_progress",
    ("arrived", "complete"): "completed",
    ("arrived", "discontinue"): "discontinued",
    ("arrived", "cancel"): "cancelled",
    ("ready", "start"): "in_progress",
    ("ready", "complete"): "completed",
    ("ready", "discontinue"): "discontinued",
    ("ready", "cancel"): "cancelled",
    ("in_progress", "complete"): "completed",
    ("in_progress", "discontinue"): "discontinued",
    ("completed", "start"): "in_progress",
    ("discontinued", "start"): "in_progress",
    ("cancelled", "start"): "in_progress",
    ("no_show", "start"): "in_progress",
}

ON_THE_WORKLIST: Final = ("scheduled", "arrived", "ready")
FINAL: Final = frozenset({"completed", "discontinued", "cancelled", "no_show"})
STEP_ID_MAX: Final = 16


@dataclass(frozen=True, kw_only=True)
class StationFacts:
    """A station, and how many steps it already has on the day in question."""

    ae_title: str
    modality: str
    procedures: tuple[str, ...]
    load: int = 0


def next_status(status: str, command: str) -> str | None:
    """Return the status `command` leads to, or None where the table forbids it."""
    return STEP_TRANSITIONS.get((status, command))


def choose_station(
    *, stations: Sequence[StationFacts], modality: str, procedure_code: str
) -> StationFacts | None:
    """Return the least busy station that does this procedure; None when there is none.

    A station without a list of procedures does all of its modality; one whose list names the
    procedure goes before it.
    """
    able = [
        station
        for station in stations
        if station.modality == modality
        and (not station.procedures or procedure_code in station.procedures)
    ]
    return min(able, key=lambda s: (not s.procedures, s.load, s.ae_title), default=None)


def step_id(*, requested_procedure_id: str, number: int) -> str:
    """Return the id of step `number`: RP-ID and number where 16 characters hold it."""
    readable = f"{requested_procedure_id}-{number}"
    if len(readable) <= STEP_ID_MAX:
        return readable
    return f"{requested_procedure_id[-(STEP_ID_MAX - 3) :]}{number:03d}"


def exam_status(statuses: Sequence[str]) -> str | None:
    """Return the status of an exam with these steps; None while nothing tells more than "ordered".

    Any running step makes it run; it ends when all have ended, as completed if any was completed.
    """
    if not statuses:
        return None
    if "in_progress" in statuses:
        return "in_progress"
    if all(status in FINAL for status in statuses):
        for status in ("completed", "discontinued", "no_show", "cancelled"):
            if status in statuses:
                return status
    if "completed" in statuses:
        return "in_progress"
    return "arrived" if {"arrived", "ready"} & set(statuses) else None
