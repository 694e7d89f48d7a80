"""What happened to charges."""

from __future__ import annotations

from dataclasses import dataclass

from worklist.exams.events import AboutExam


@dataclass(frozen=True, kw_only=True)
class ChargeCaptured(AboutExam):
    """A charge is ready to leave."""

    charge_id: int
