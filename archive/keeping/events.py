"""What became of studies by the rules of keeping."""

from __future__ import annotations

from dataclasses import dataclass

from archive.store.events import StudyEvent


@dataclass(frozen=True, kw_only=True)
class StudyRemoved(StudyEvent):
    """A rule of retention removed the study; its rows are gone, its bytes follow."""

    patient_id: int
    rule: str
