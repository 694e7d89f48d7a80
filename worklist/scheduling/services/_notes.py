"""Say on the steps of an exam what became of the visit they belong to."""

from __future__ import annotations

from pacs_hub.audit import changes
from pacs_hub.kernel.origin import Origin
from worklist.exams import services as exams
from worklist.exams.models import Exam
from worklist.scheduling.rules import FINAL


def note_visit(*, exam: Exam, note: str, origin: Origin) -> bool:
    """Write `note` on the steps that are still open ("" takes it away); nothing is cancelled.

    Returns whether any step was open and said something else.
    """
    changed = False
    for step in exam.requested_procedure.steps.select_for_update():
        if step.status in FINAL or step.visit_note == note:
            continue
        step.visit_note = note
        changes.save(step, origin=origin)
        changed = True
    if changed:
        text = note or "the visit goes on"
        exams.add_event(exam, kind="visit", text=text, origin=origin)
    return changed
