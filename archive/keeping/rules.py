"""Which studies a retention rule means; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

COMPANIONS: Final = frozenset({"KO", "PR", "SR", "DOC"})
"""Modalities that come with images of another one and do not decide what a study is."""

Action = Literal["delete", "cold"]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One `[[retention]]` table; what is empty matches everything. `days` is the least age."""

    name: str
    action: Action
    days: int
    modality: tuple[str, ...] = ()
    body_part: str = ""
    description: str = ""
    keep_last: int = 0


@dataclass(frozen=True, kw_only=True)
class StudyFacts:
    """What a rule asks of a study. `expired` says that a note 113039 took all of it out of use."""

    modalities: tuple[str, ...]
    body_parts: tuple[str, ...]
    description: str
    last_received_at: datetime
    last_opened_at: datetime | None = None
    newer_of_patient: int = 0
    expired: bool = False


def covers(rule: Rule, study: StudyFacts) -> bool:
    """Say whether the rule speaks of such studies, whatever their age.

    Of a study with several modalities the rule has to name all, companions aside: a rule for
    radiographs must not remove the CT they were filed with.
    """
    telling = [m for m in study.modalities if m not in COMPANIONS] or list(study.modalities)
    if rule.modality and not (telling and set(telling) <= set(rule.modality)):
        return False
    if rule.body_part and set(study.body_parts) != {rule.body_part}:
        return False
    return not rule.description or matches(rule.description, study.description)


def is_due(rule: Rule, study: StudyFacts, *, now: datetime) -> bool:
    """Say whether the rule acts on the study now.

    A study counts from its last object; one to be moved, also from when it was last opened. A
    study that a rejection note for an expired retention period (113039) took out of use has no
    age to reach before it is deleted.
    """
    if not covers(rule, study):
        return False
    if rule.action == "delete" and study.expired:
        return True
    since = study.last_received_at
    if rule.action == "cold" and study.last_opened_at is not None:
        since = max(since, study.last_opened_at)
    return now - since >= timedelta(days=rule.days) and study.newer_of_patient >= rule.keep_last


def matches(pattern: str, text: str) -> bool:
    """Compare with `*` for any characters and `?` for one, whatever the case."""
    wanted = "".join(
        ".*" if part == "*" else "." if part == "?" else re.escape(part)
        for part in re.split(r"([*?])", pattern)
    )
    return re.fullmatch(wanted, text, re.IGNORECASE | re.DOTALL) is not None


def modalities_of(text: str) -> tuple[str, ...]:
    """Return the values of (0008,0061), which a study keeps with backslashes between them."""
    return tuple(part for part in text.split("\\") if part)
