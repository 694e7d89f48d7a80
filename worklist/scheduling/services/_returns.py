"""Put steps back that a device had picked by mistake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pacs_hub.audit import changes
from pacs_hub.kernel.origin import Origin
from worklist.exams import retold
from worklist.exams.models import Exam
from worklist.scheduling.models import StepStatus
from worklist.scheduling.rules import WRONGLY_STARTED, exam_status


def return_steps(
    *, exam: Exam, step_ids: Sequence[int], at: datetime, text: str, origin: Origin, source: str
) -> bool:
    """Put the steps that run, but were picked by mistake, back on the worklist.

    Returns whether any was put back. The exam goes back when none of its steps was begun.
    """
    steps = list(exam.requested_procedure.steps.select_for_update())
    moved = False
    for step in steps:
        if step.pk in step_ids and step.status in WRONGLY_STARTED:
            was_here = exam.arrived_at is not None and "arrived_at" not in exam.inferred
            step.status = StepStatus.ARRIVED if was_here else StepStatus.SCHEDULED
            step.status_source = source
            changes.save(step, origin=origin)
            moved = True
    if moved and exam_status([step.status for step in steps]) in (None, "arrived"):
        retold.start_undone(exam, text=text, origin=origin, at=at)
    return moved
