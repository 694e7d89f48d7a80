"""What happened to studies."""

from __future__ import annotations

from dataclasses import dataclass

from pacs_hub.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class StudyEvent(Event):
    """Something about one study."""

    study_id: int
    study_instance_uid: str

    @property
    def stream(self) -> str:
        """All that happens to one study stays in order."""
        return f"study:{self.study_id}"


@dataclass(frozen=True, kw_only=True)
class StudyStarted(StudyEvent):
    """The first object of a study was stored, or the first after it had settled."""


@dataclass(frozen=True, kw_only=True)
class StudyGrew(StudyEvent):
    """More objects were stored; published at most once a second for each study."""

    number_of_instances: int


@dataclass(frozen=True, kw_only=True)
class StudyReceived(StudyEvent):
    """The study has settled: nothing more came for the quiet period."""

    number_of_instances: int


@dataclass(frozen=True, kw_only=True)
class StudyRevised(StudyEvent):
    """Objects of the study were taken out of use, or put back; it holds so many now."""

    number_of_instances: int


@dataclass(frozen=True, kw_only=True)
class KeyObjectStored(StudyEvent):
    """A Key Object Selection Document (PS3.3 A.35.4) was stored: it may be a rejection note."""

    sop_instance_uid: str
