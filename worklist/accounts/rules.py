"""Accounts as a sender tells them; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

LISTS: Final = ("guarantors", "coverages", "diagnoses")
"""Snapshots: a list that is told replaces the one that is known, one that is not stays."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """One row of a list as told: `fields` what it says, `cleared` what it emptied."""

    position: int
    fields: Mapping[str, Any]
    cleared: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class AccountFacts:
    """What a message says of an account; a list of None was not told."""

    number: str
    authority: str = ""
    patient_class: str = ""
    financial_class: str = ""
    guarantors: tuple[Told, ...] | None = None
    coverages: tuple[Told, ...] | None = None
    diagnoses: tuple[Told, ...] | None = None
    cleared: frozenset[str] = field(default_factory=frozenset)
    ended_at: datetime | None = None
    event_at: datetime | None = None
    sender: str = ""


def is_late(
    *, event_at: datetime | None, sender: str, known_at: datetime | None, known_sender: str
) -> bool:
    """Say whether the same sender told something newer before; clocks of two are not compared."""
    if event_at is None or known_at is None or event_at >= known_at:
        return False
    return not known_sender or known_sender == sender


def numbered(rows: tuple[Told, ...]) -> dict[int, Told]:
    """Return the rows by their place; of two that say the same place, the second goes last."""
    placed: dict[int, Told] = {}
    for row in rows:
        place = row.position
        if place < 1 or place in placed:
            place = max(placed, default=0) + 1
        placed[place] = row
    return placed
