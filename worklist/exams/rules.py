"""The table of an exam's own states, and what an exam repeats of its order; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pacs_hub.kernel.errors import Conflict


class ForAPerson(Conflict):
    """Two things that are told contradict each other: nothing is changed, a person decides."""

    code = "for-a-person"


@dataclass(frozen=True, kw_only=True)
class ExamFacts:
    """What the ledger row repeats of its order and requested procedure; names as its columns."""

    accession_number: str
    issuer_of_accession_number: str
    placer_order_number: str
    filler_order_number: str
    requested_procedure_number: str
    study_instance_uid: str
    procedure_code: str
    procedure_scheme: str
    procedure_name: str
    modality: str
    priority: str
    ordering_provider_id: str


# from -> to. The same as for steps (spec: source precedence MPPS > technologist > HL7); an exam
# that was cancelled or missed may still be performed, which a person then sees.
EXAM_TRANSITIONS: Final[dict[str, frozenset[str]]] = {
    "ordered": frozenset(
        {"scheduled", "arrived", "in_progress", "completed", "discontinued", "cancelled"}
    ),
    "scheduled": frozenset(
        {"ordered", "arrived", "in_progress", "completed", "discontinued", "cancelled", "no_show"}
    ),
    "arrived": frozenset({"scheduled", "in_progress", "completed", "discontinued", "cancelled"}),
    "in_progress": frozenset({"completed", "discontinued"}),
    "completed": frozenset({"in_progress"}),
    "discontinued": frozenset({"in_progress"}),
    "cancelled": frozenset({"in_progress"}),
    "no_show": frozenset({"scheduled", "in_progress"}),
}

NOT_STARTED: Final = frozenset({"ordered", "scheduled", "arrived"})
ENDED: Final = frozenset({"completed", "discontinued", "cancelled", "no_show"})

STRIPS: Final = (
    "ordered",
    "scheduled",
    "arrived",
    "in_progress",
    "to_report",
    "to_charge",
    "closed",
)
"""The stations of the flow strip on the board, left to right."""


def may_become(status: str, wanted: str) -> bool:
    """Say whether an exam may go from `status` to `wanted`."""
    return wanted in EXAM_TRANSITIONS[status]
