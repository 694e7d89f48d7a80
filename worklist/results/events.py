"""What happened to reports."""

from __future__ import annotations

from dataclasses import dataclass

from worklist.exams.events import AboutExam


@dataclass(frozen=True, kw_only=True)
class ResultFinalised(AboutExam):
    """The report on the exam is final, or was amended after that."""

    result_id: int


@dataclass(frozen=True, kw_only=True)
class ResultWithdrawn(AboutExam):
    """A report that was final, and may have been read, was cancelled."""

    result_id: int
