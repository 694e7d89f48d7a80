"""What a person does where the device says nothing."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin
from worklist.exams import services as exams
from worklist.exams.models import Exam
from worklist.mpps.services._moving import move


def start_by_person(*, exam_id: int, origin: Origin, at: datetime | None = None) -> Exam:
    """Start an exam whose device does not tell us (no MPPS).

    Raises:
        StepStateForbids: it was started or ended.
    """
    return _by_person(exam_id, "start", origin, at)


def complete_by_person(*, exam_id: int, origin: Origin, at: datetime | None = None) -> Exam:
    """Complete an exam whose device does not tell us.

    Raises:
        StepStateForbids: it has ended.
    """
    return _by_person(exam_id, "complete", origin, at)


def discontinue_by_person(*, exam_id: int, origin: Origin, at: datetime | None = None) -> Exam:
    """Stop an exam.

    Raises:
        StepStateForbids: it has ended.
    """
    return _by_person(exam_id, "discontinue", origin, at)


def _by_person(exam_id: int, command: str, origin: Origin, at: datetime | None) -> Exam:
    with transaction.atomic():
        exam = exams.lock_exam(exam_id)
        steps = list(exam.requested_procedure.steps.all())
        move(exam, command, steps, at=at or clock.now(), origin=origin, source="technologist")
        return exam
