"""Visits as a sender tells them, and the table of their states; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

Command = Literal[
    "admit",
    "plan",
    "transfer",
    "discharge",
    "update",
    "change_class",
    "leave",
    "return",
    "arrive",
    "cancel_admit",
    "cancel_plan",
    "cancel_transfer",
    "cancel_discharge",
    "delete",
]
Do = Literal["move", "stay", "ignore", "hold", "refuse"]
"""move: to that state; stay: attributes only; ignore: not even these, with a warning; hold: two
facts contradict, a person decides; refuse: nobody knows such a visit."""

UNKNOWN: Final = ""
STATES: Final = (UNKNOWN, "planned", "in_progress", "on_leave", "finished", "cancelled")

_ROWS: Final[dict[Command, tuple[str, ...]]] = {
    # what          unknown       planned       in_progress   on_leave      finished  cancelled
    "admit": ("in_progress", "in_progress", "stay", "stay", "in_progress", "in_progress"),
    "plan": ("planned", "stay", "stay", "stay", "stay", "planned"),
    "transfer": ("in_progress", "in_progress", "stay", "stay", "stay", "stay"),
    "discharge": ("finished", "finished", "finished", "finished", "stay", "ignore"),
    "update": ("in_progress", "stay", "stay", "stay", "stay", "stay"),
    "change_class": ("in_progress", "in_progress", "stay", "stay", "stay", "stay"),
    "leave": ("on_leave", "ignore", "on_leave", "stay", "ignore", "ignore"),
    "return": ("in_progress", "ignore", "stay", "in_progress", "ignore", "ignore"),
    "arrive": ("refuse", "stay", "stay", "stay", "ignore", "ignore"),
    "cancel_admit": ("cancelled", "cancelled", "cancelled", "cancelled", "hold", "stay"),
    "cancel_plan": ("cancelled", "cancelled", "ignore", "ignore", "ignore", "stay"),
    "cancel_transfer": ("ignore", "stay", "stay", "stay", "ignore", "ignore"),
    "cancel_discharge": ("in_progress", "ignore", "stay", "stay", "in_progress", "ignore"),
    "delete": ("ignore", "cancelled", "cancelled", "cancelled", "cancelled", "stay"),
}
"""HL7 v2.5.1 3.3; a visit that was only planned may begin late, nothing else moves late."""

VISIT_MOVES: Final[dict[tuple[str, Command], str]] = {
    (state, command): row[place]
    for command, row in _ROWS.items()
    for place, state in enumerate(STATES)
}
"""(state, command) to the state it leads to, or to what is done instead."""

BEGINS: Final = frozenset({("planned", "in_progress"), ("planned", "finished")})
"""Moves a late message may still make: who was seen was seen, whatever was planned after."""

UNDER_WAY: Final = frozenset({"in_progress", "on_leave"})
REMEMBERED: Final = frozenset({"cancel_admit", "cancel_plan"})
"""Cancels of what nobody knows: kept as cancelled, so that the admission, when it comes late,
stays so."""
INPATIENT: Final = frozenset({"I"})

COPIED: Final = (
    "alternate_number",
    "patient_class",
    "location",
    "prior_location",
    "pending_location",
    "temporary_location",
    "attending_physician_name",
    "referring_physician_id",
    "referring_physician_name",
    "admitting_physician_name",
    "hospital_service",
    "admission_type",
    "admission_reason",
    "discharge_disposition",
    "vip",
    "expected_at",
    "admitted_at",
    "discharged_at",
)
"""Fields a visit keeps as last told; what is left out stays."""


@dataclass(frozen=True, kw_only=True)
class VisitFacts:
    """What a message says of a visit. Empty means not said; `cleared` names what it emptied."""

    number: str
    authority: str = ""
    account_number: str = ""
    account_authority: str = ""
    financial_class: str = ""
    alternate_number: str = ""
    patient_class: str = ""
    location: str = ""
    prior_location: str = ""
    pending_location: str = ""
    temporary_location: str = ""
    attending_physician_name: str = ""
    referring_physician_id: str = ""
    referring_physician_name: str = ""
    admitting_physician_name: str = ""
    hospital_service: str = ""
    admission_type: str = ""
    admission_reason: str = ""
    discharge_disposition: str = ""
    vip: str = ""
    expected_at: datetime | None = None
    admitted_at: datetime | None = None
    discharged_at: datetime | None = None
    cleared: frozenset[str] = frozenset()
    event_at: datetime | None = None
    sender: str = ""


@dataclass(frozen=True)
class Decision:
    """What is done about a message: `state` where it moves, `note` where the sender is told."""

    do: Do
    state: str = ""
    note: str = ""


NOTES: Final[dict[tuple[str, str], str]] = {
    (UNKNOWN, "transfer"): "the visit was not known here; it is taken to be under way",
    (UNKNOWN, "discharge"): "the visit was not known here; it is taken to be finished",
    ("planned", "discharge"): "the visit was only planned; it is taken to be finished",
    (UNKNOWN, "cancel_admit"): "the visit is not known here; it is remembered as cancelled",
    (UNKNOWN, "cancel_plan"): "the visit is not known here; it is remembered as cancelled",
    (UNKNOWN, "leave"): "the visit was not known here; the patient is taken to be on leave",
    (UNKNOWN, "return"): "the visit was not known here; it is taken to be under way",
}


def decide(state: str, command: Command, *, late: bool = False) -> Decision:
    """Return what a message does to a visit in `state` ("" where nobody knows it).

    `late` says that its sender told something newer of the state before.
    """
    target = VISIT_MOVES[state, command]
    if target in ("stay", "refuse"):
        return Decision(do=target)  # type: ignore[arg-type]
    if late and (state, target) not in BEGINS:
        return Decision(do="stay", note="older than what is known: the state of the visit stays")
    if target == "ignore":
        words = f"it is {state.replace('_', ' ')}" if state else "it is not known here"
        return Decision(do="ignore", note=f"nothing to do for this visit: {words}")
    if target == "hold":
        return Decision(do="hold", note=f"the visit is {state}; what is told contradicts it")
    return Decision(do="move", state=target, note=NOTES.get((state, command), ""))
