"""What happened to patients."""

from __future__ import annotations

from dataclasses import dataclass

from pacs_hub.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class PatientUpdated(Event):
    """A patient was registered, or their demographics changed."""

    patient_id: int

    @property
    def stream(self) -> str:
        """All that happens to one patient stays in order."""
        return f"patient:{self.patient_id}"


@dataclass(frozen=True, kw_only=True)
class AboutMerge(Event):
    """One patient was one with another, or is not any longer; `survivor_id` is who stays."""

    merge_id: int
    survivor_id: int
    loser_id: int

    @property
    def stream(self) -> str:
        """All that happens to one patient stays in order."""
        return f"patient:{self.survivor_id}"


@dataclass(frozen=True, kw_only=True)
class PatientsMerged(AboutMerge):
    """A patient was merged into another: what is theirs is found under the survivor."""


@dataclass(frozen=True, kw_only=True)
class MergeUndone(AboutMerge):
    """A merge was a mistake: both are who they were before."""
