"""Reports as a sender tells them, and which version follows which; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final


@dataclass(frozen=True)
class Section:
    """A part of a report under its heading; `code` is LOINC where the sender's is."""

    code: str
    title: str
    text: str


@dataclass(frozen=True)
class Reference:
    """An object a report points to: a structured report or another instance (`kind`)."""

    kind: str
    uid: str


@dataclass(frozen=True, kw_only=True)
class ResultFacts:
    """One version of a report (ORU^R01 OBR group, MDM TXA). `status` is one of `STATUSES`.

    `number` is what the sender calls the report (OBR-3, TXA-12), `parent_number` the one it
    replaces or adds to (TXA-13). `versioned_at` is the sender's clock of this version (OBR-22,
    TXA-8), None where it was not sent. `keeps_text` says that the text sent before stands.
    """

    status: str
    text: str
    reported_at: datetime
    accession_number: str = ""
    placer_order_number: str = ""
    filler_order_number: str = ""
    study_instance_uid: str = ""
    interpreter: str = ""
    observed_at: datetime | None = None
    number: str = ""
    parent_number: str = ""
    versioned_at: datetime | None = None
    title: str = ""
    sections: tuple[Section, ...] = ()
    references: tuple[Reference, ...] = ()
    keeps_text: bool = False


STATUSES: Final = (
    "registered",
    "partial",
    "preliminary",
    "final",
    "amended",
    "appended",
    "cancelled",
    "entered_in_error",
)
"""`amended` is a correction (CORRECTED), `appended` an addendum (ADDENDED)."""

SIGNED: Final = frozenset({"final", "amended", "appended"})
WITHDRAWN: Final = frozenset({"cancelled", "entered_in_error"})

_OPEN: Final = ("none", "registered", "partial", "preliminary")
_GONE: Final = ("cancelled", "entered_in_error")

# (status so far, status that arrives) -> status it is filed with; absent: the arrival is ignored.
RESULT_TRANSITIONS: Final[dict[tuple[str, str], str]] = {
    ("none", "registered"): "registered",
    ("none", "partial"): "partial",
    ("registered", "partial"): "partial",
    ("partial", "partial"): "partial",
    ("preliminary", "partial"): "preliminary",  # verified once: news, but no step back
    **{(so_far, "preliminary"): "preliminary" for so_far in (*_OPEN, *_GONE)},
    **{(so_far, "final"): "final" for so_far in (*_OPEN, *_GONE)},
    **{(so_far, "final"): "amended" for so_far in sorted(SIGNED)},
    **{(so_far, "amended"): "final" for so_far in ("none", "registered", *_GONE)},
    **{(so_far, "amended"): "amended" for so_far in ("partial", "preliminary", *sorted(SIGNED))},
    **{(so_far, "appended"): "final" for so_far in ("none", "registered", *_GONE)},
    ("partial", "appended"): "preliminary",
    ("preliminary", "appended"): "preliminary",
    **{(so_far, "appended"): "appended" for so_far in sorted(SIGNED)},
}


def next_report_status(so_far: str, arriving: str) -> str | None:
    """Return the status a version is filed with after `so_far`, or None where it is stale."""
    return RESULT_TRANSITIONS.get((so_far, arriving))


def withdrawn_as(so_far: str) -> str | None:
    """Return what a report that is withdrawn becomes; None where there is nothing to withdraw.

    What was signed may have been read: it is cancelled and its text stays. What nobody could
    rely on yet was an error.
    """
    if so_far in WITHDRAWN or so_far == "none":
        return None
    return "cancelled" if so_far in SIGNED else "entered_in_error"


def exam_status(statuses: Iterable[str]) -> str:
    """Return where the report of an exam is, from the newest version of each of its reports."""
    live = set(statuses) - WITHDRAWN
    if live & {"amended", "appended"}:
        return "amended"
    if "final" in live:
        return "final"
    return "preliminary" if live & {"preliminary", "partial"} else "none"


def with_addendum(*, before: str, addendum: str, day: str) -> str:
    """Return the whole text of a report with an addendum: what is newest comes first."""
    return f"Addendum of {day}:\n{addendum}\n\n{before}"
