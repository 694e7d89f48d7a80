"""The stream every event about one exam belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from pacs_hub.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class AboutExam(Event):
    """Something about one exam."""

    exam_id: int

    @property
    def stream(self) -> str:
        """All that happens to one exam stays in order."""
        return f"exam:{self.exam_id}"
