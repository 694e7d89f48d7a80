"""What was found out about studies."""

from __future__ import annotations

from dataclasses import dataclass

from pacs_hub.kernel.events import Event
from worklist.exams.events import AboutExam


@dataclass(frozen=True, kw_only=True)
class StudyReconciled(AboutExam):
    """A study was linked to its exam."""

    study_id: int


@dataclass(frozen=True, kw_only=True)
class StudyUnmatched(Event):
    """Nobody knows yet whose study this is; it waits for a person."""

    study_id: int

    @property
    def stream(self) -> str:
        """All that happens to one study stays in order."""
        return f"study:{self.study_id}"
