"""Take back, on the ledger, what turned out not to be so."""

from __future__ import annotations

from datetime import datetime

from pacs_hub.audit import changes
from pacs_hub.kernel.origin import Origin
from worklist.exams.models import Exam, ExamStatus
from worklist.exams.services import add_event


def start_undone(exam: Exam, *, text: str, origin: Origin, at: datetime) -> None:
    """Say that the exam was not begun after all: the device had picked it by mistake."""
    if exam.arrived_at and "arrived_at" not in exam.inferred:
        exam.status = ExamStatus.ARRIVED
    else:
        exam.status = ExamStatus.SCHEDULED if exam.scheduled_for else ExamStatus.ORDERED
        exam.arrived_at = None
    exam.started_at = exam.completed_at = None
    left = {"started_at", "completed_at"} | ({"arrived_at"} if exam.arrived_at is None else set())
    exam.inferred = [name for name in exam.inferred if name not in left]
    changes.save(exam, origin=origin)
    add_event(exam, kind="wrong_entry", text=text, origin=origin, at=at)


def milestone_told(exam: Exam, *, milestone: str, at: datetime, origin: Origin) -> None:
    """Put what was told in the place of what was inferred; nothing where it was not inferred."""
    if milestone in exam.inferred:
        setattr(exam, milestone, at)
        exam.inferred = [name for name in exam.inferred if name != milestone]
        changes.save(exam, origin=origin)
