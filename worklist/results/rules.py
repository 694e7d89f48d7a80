"""Reports as a sender tells them, and which version follows which; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final


@dataclass(frozen=True, kw_only=True)
class ResultFacts:
    """One report (ORU^R01 OBR group). `status` is preliminary, final or amended."""

    status: str
    text: str
    reported_at: datetime
    accession_number: str = ""
    placer_order_number: str = ""
    filler_order_number: str = ""
    study_instance_uid: str = ""
    interpreter: str = ""
    observed_at: datetime | None = None


# (status so far, status that arrives) -> status of the exam; absent: the arrival is ignored.
RESULT_TRANSITIONS: Final[dict[tuple[str, str], str]] = {
    ("none", "preliminary"): "preliminary",
    ("none", "final"): "final",
    ("none", "amended"): "final",
    ("preliminary", "preliminary"): "preliminary",
    ("preliminary", "final"): "final",
    ("preliminary", "amended"): "final",
    ("final", "final"): "amended",
    ("final", "amended"): "amended",
    ("amended", "final"): "amended",
    ("amended", "amended"): "amended",
}


def next_report_status(so_far: str, arriving: str) -> str | None:
    """Return the report status of the exam, or None where the arrival is stale."""
    return RESULT_TRANSITIONS.get((so_far, arriving))
