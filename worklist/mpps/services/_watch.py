"""Infer from quiet images what no device told; what a device tells later replaces it."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from pacs_hub.access.queries import dicom_peers
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin
from worklist.exams import services as exams
from worklist.exams.models import Exam
from worklist.exams.rules import NOT_STARTED
from worklist.mpps.models import UnappliedChange, UnappliedState
from worklist.mpps.queries import (
    exam_of_series,
    last_told,
    quiet_exams,
    waiting_and_begun,
    waiting_since,
)
from worklist.mpps.rules import to_infer, wait_of
from worklist.mpps.services._moving import move
from worklist.mpps.services._steps import apply_waiting
from worklist.scheduling.models import ScheduledProcedureStep
from worklist.scheduling.services import StepsContradict, StepStateForbids

logger = logging.getLogger(__name__)

EXAMS_A_TICK: Final = 100
CHANGES_A_TICK: Final = 100
CHANGES_WAIT: Final = timedelta(hours=24)
_TELLS_LATER: Final = "a report of the device would replace it"


def infer_from_images(*, quiet: timedelta, origin: Origin) -> int:
    """Start and complete exams whose images are here and quiet, and whose device says nothing.

    A device that is known not to tell is not waited for as long. Returns how many exams moved.
    """
    now = clock.now()
    silent = {peer.ae_title for peer in dicom_peers() if peer.options.get("mpps") is False}
    shortest = min(wait_of(quiet, silent=one) for one in (True, False))
    moved = 0
    for exam_id in quiet_exams(since=now - shortest, now=now, most=EXAMS_A_TICK):
        with transaction.atomic():
            exam = exams.lock_exam(exam_id)
            wait = wait_of(quiet, silent=exam.station_ae_title in silent)
            moved += _infer(exam, wait=wait, now=now, origin=origin)
    return moved


def _infer(exam: Exam, *, wait: timedelta, now: datetime, origin: Origin) -> bool:
    first, last = exam.first_image_at, exam.last_image_at
    if first is None or last is None:
        return False
    steps = list(exam.requested_procedure.steps.order_by("start", "pk"))
    told = last_told([step.pk for step in steps])
    if now - max(last, told or last) < wait:
        return False
    chosen = [steps[n] for n in to_infer([step.status for step in steps])]
    if not chosen:
        return False
    try:
        with transaction.atomic():
            _move_both(exam, chosen, first=first, last=last, origin=origin)
    except (StepStateForbids, StepsContradict, exams.ExamStateForbids):
        return False
    minutes = int((now - last) / timedelta(minutes=1))
    text = f"inferred: images quiet for {minutes} minutes, no end was told; {_TELLS_LATER}"
    exams.add_event(exam, kind="inferred", text=text, origin=origin)
    return True


def _move_both(
    exam: Exam,
    steps: list[ScheduledProcedureStep],
    *,
    first: datetime,
    last: datetime,
    origin: Origin,
) -> None:
    commands = ["complete"]
    if exam.status in NOT_STARTED:
        commands.insert(0, "start")
    for command in commands:
        at = first if command == "start" else max(last, exam.started_at or last)
        move(exam, command, steps, at=at, origin=origin, source="filler", inferred=True)


def tend_unapplied(*, origin: Origin) -> None:
    """Apply changes whose step began meanwhile; give those up whose step never did."""
    for uid in waiting_and_begun(most=CHANGES_A_TICK):
        with transaction.atomic():
            apply_waiting(uid)
    for row in waiting_since(clock.now() - CHANGES_WAIT, most=CHANGES_A_TICK):
        with transaction.atomic():
            _give_up(row, origin)


def _give_up(row: UnappliedChange, origin: Origin) -> None:
    rows = UnappliedChange.objects.filter(pk=row.pk, state=UnappliedState.WAITING)
    if not rows.update(state=UnappliedState.EXPIRED):
        return
    logger.warning("mpps.change.expired", extra={"step": row.sop_instance_uid})
    exam = exam_of_series(row.change["series_instance_uids"])
    if exam is not None:
        status = row.change["status"].lower() or "changed"
        text = f"{row.calling_ae} reported a step {status} that it never began here; not applied"
        exams.add_event(exam, kind="mpps_conflict", text=text, origin=origin, at=row.received_at)
