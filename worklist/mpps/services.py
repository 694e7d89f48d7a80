"""Follow what the modalities say they do (PS3.4 Annex F): the exam moves with it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict, Malformed, Unknown
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox.publish import publish
from worklist.exams import services as exams
from worklist.exams.events import AboutExam
from worklist.exams.models import Exam
from worklist.mpps.events import StepCompleted, StepDiscontinued, StepStarted
from worklist.mpps.models import PerformedProcedureStep, PerformedStatus
from worklist.mpps.queries import scheduled_steps
from worklist.mpps.rules import StepChange, StepStart, moment, next_status
from worklist.orders import services as orders
from worklist.scheduling import services as scheduling
from worklist.scheduling.models import ScheduledProcedureStep


class StepExists(Conflict):
    """A performed step with this SOP Instance UID exists (PS3.7 0x0111)."""

    code = "duplicate-sop-instance"


class NoSuchStep(Unknown):
    """No performed step has this SOP Instance UID (PS3.7 0x0112)."""

    code = "no-such-sop-instance"


class StepAlreadyFinal(Conflict):
    """A completed or discontinued step may no longer be updated (PS3.4 F.7.2.2.2)."""

    code = "step-already-final"


class EndMissing(Malformed):
    """A final step must say when it ended (PS3.4 F.7.2.2)."""

    code = "end-missing"


COMMANDS: Final[dict[str, str]] = {
    "": "update",
    PerformedStatus.IN_PROGRESS: "update",
    PerformedStatus.COMPLETED: "complete",
    PerformedStatus.DISCONTINUED: "discontinue",
}
EVENTS: Final[dict[str, type[AboutExam]]] = {
    "start": StepStarted,
    "complete": StepCompleted,
    "discontinue": StepDiscontinued,
}


def start_step(*, start: StepStart, origin: Origin) -> PerformedProcedureStep:
    """Take an N-CREATE: a step has begun, for the exams its scheduled steps belong to.

    A step that names no known scheduled step is kept as unscheduled.

    Raises:
        StepExists: the SOP Instance UID is in use.
    """
    try:
        with transaction.atomic():
            return _start(start, origin=origin)
    except IntegrityError as error:
        raise StepExists("a performed step with this SOP Instance UID exists") from error


def _start(start: StepStart, *, origin: Origin) -> PerformedProcedureStep:
    now = clock.now()
    steps = scheduled_steps(start.scheduled_steps)
    performed = PerformedProcedureStep.objects.create(
        sop_instance_uid=start.sop_instance_uid,
        status=PerformedStatus.IN_PROGRESS,
        performed_procedure_step_id=start.performed_procedure_step_id,
        performed_station_ae_title=start.performed_station_ae_title,
        modality=start.modality,
        study_instance_uid=start.scheduled_steps[0].study_instance_uid,
        patient_id=start.patient_id,
        started_at=start.started_at,
        attributes=start.attributes,
        calling_ae=origin.actor,
        address=origin.address,
        created_at=now,
        updated_at=now,
    )
    performed.steps.set(steps)
    at = moment(start.started_at, now=now)
    for exam in _exams_of(steps):
        _move(exam, "start", steps, at=at, origin=origin, source="mpps")
        exams.record_station(
            exam,
            station_ae_title=start.performed_station_ae_title,
            station_name=steps[0].station_name
            if steps[0].scheduled_station_ae_title == start.performed_station_ae_title
            else "",
            origin=origin,
        )
    return performed


def change_step(*, change: StepChange, origin: Origin) -> PerformedProcedureStep:
    """Take an N-SET: more is known of the step, or it has ended.

    Raises:
        NoSuchStep: no N-CREATE came before.
        StepAlreadyFinal: the step has ended.
        EndMissing: it ends, and does not say when.
    """
    with transaction.atomic():
        performed = (
            PerformedProcedureStep.objects.select_for_update()
            .filter(sop_instance_uid=change.sop_instance_uid)
            .first()
        )
        if performed is None:
            raise NoSuchStep("no performed step has this SOP Instance UID")
        command = COMMANDS[change.status]
        status = next_status(performed.status, command)
        if status is None:
            raise StepAlreadyFinal("Performed Procedure Step Object may no longer be updated")
        _keep(performed, change, status)
        if command != "update":
            steps = list(performed.steps.select_related("requested_procedure"))
            now = clock.now()
            at = moment(performed.ended_at or now, now=now)
            for exam in _exams_of(steps):
                _move(exam, command, steps, at=at, origin=origin, source="mpps")
        return performed


def _keep(performed: PerformedProcedureStep, change: StepChange, status: str) -> None:
    performed.status = status
    performed.ended_at = change.ended_at or performed.ended_at
    if status != PerformedStatus.IN_PROGRESS and performed.ended_at is None:
        raise EndMissing(
            "a final step has an end date and time", field="PerformedProcedureStepEndDate"
        )
    performed.discontinuation_reason = (
        change.discontinuation_reason[:64] or performed.discontinuation_reason
    )
    if change.referenced_sop_instance_uids:
        performed.number_of_referenced_instances = len(change.referenced_sop_instance_uids)
    performed.attributes = {**performed.attributes, **change.attributes}
    performed.updated_at = clock.now()
    performed.save()


def _exams_of(steps: list[ScheduledProcedureStep]) -> list[Exam]:
    ids = sorted({step.requested_procedure.exam_id for step in steps})
    return [exams.lock_exam(exam_id) for exam_id in ids]


def _move(
    exam: Exam,
    command: str,
    steps: list[ScheduledProcedureStep],
    *,
    at: datetime,
    origin: Origin,
    source: str,
) -> None:
    """Move the exam's steps, its order and its ledger row; tell those who react."""
    before = exam.status
    scheduling.move_steps(
        exam=exam,
        command=command,
        at=at,
        origin=origin,
        step_ids=[step.pk for step in steps],
        source=source,
    )
    orders.follow_exam(order=exam.requested_procedure.order, exam_status=exam.status, origin=origin)
    if exam.status != before:
        publish(
            EVENTS[command](
                occurred_at=clock.now(), correlation_id=origin.correlation_id, exam_id=exam.pk
            )
        )


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
        _move(exam, command, steps, at=at or clock.now(), origin=origin, source="technologist")
        return exam
