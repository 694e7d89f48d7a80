"""Put steps on the worklist and move them; the exam's ledger row moves with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from pacs_hub.access.queries import SiteFacts
from pacs_hub.audit import changes
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict
from pacs_hub.kernel.origin import Origin
from worklist.exams import services as exams
from worklist.exams.models import Exam
from worklist.orders.models import RequestedProcedure
from worklist.orders.rules import StepFacts
from worklist.scheduling.models import ScheduledProcedureStep, Station, StepStatus
from worklist.scheduling.queries import station, station_facts
from worklist.scheduling.rules import choose_station, exam_status, next_status, step_id


class StepStateForbids(Conflict):
    """The step is in a state from which this cannot happen."""

    code = "step-state-forbids"


WORDS: Final[dict[str, str]] = {
    StepStatus.ARRIVED: "patient arrived",
    StepStatus.IN_PROGRESS: "exam started",
    StepStatus.COMPLETED: "exam completed",
    StepStatus.DISCONTINUED: "exam discontinued",
    StepStatus.CANCELLED: "exam cancelled",
    StepStatus.NO_SHOW: "patient did not come",
}


def schedule_steps(
    *,
    exam: Exam,
    requested_procedure: RequestedProcedure,
    steps: Sequence[StepFacts],
    site: SiteFacts,
    origin: Origin,
) -> None:
    """Create the steps a sender named, or change those it named before.

    A requested procedure has at least one step: without any from the sender, one is made.
    """
    stored = list(requested_procedure.steps.order_by("pk"))
    for number, facts in enumerate(steps or (StepFacts(),)):
        step = _matching(stored, facts, number) or _new_step(
            requested_procedure, facts, number=len(stored) + 1
        )
        _describe(step, facts, requested_procedure, site=site)
        changes.save(step, origin=origin)
        if step not in stored:
            stored.append(step)
    first = min(stored, key=lambda s: (s.start is None, s.start or clock.now(), s.pk))
    exams.record_schedule(
        exam,
        start=first.start,
        station_ae_title=first.scheduled_station_ae_title,
        station_name=first.station_name,
        zone=site.zone,
        origin=origin,
    )


def _matching(
    stored: list[ScheduledProcedureStep], facts: StepFacts, number: int
) -> ScheduledProcedureStep | None:
    """Return the stored step these facts mean: by step id, else by place in the message."""
    if facts.scheduled_procedure_step_id:
        named = [
            s for s in stored if s.scheduled_procedure_step_id == facts.scheduled_procedure_step_id
        ]
        return named[0] if named else None
    return stored[number] if number < len(stored) else None


def _new_step(
    requested_procedure: RequestedProcedure, facts: StepFacts, *, number: int
) -> ScheduledProcedureStep:
    return ScheduledProcedureStep(
        requested_procedure=requested_procedure,
        scheduled_procedure_step_id=facts.scheduled_procedure_step_id[:16]
        or step_id(
            requested_procedure_id=requested_procedure.requested_procedure_id, number=number
        ),
        status=StepStatus.SCHEDULED,
    )


def _describe(
    step: ScheduledProcedureStep,
    facts: StepFacts,
    requested_procedure: RequestedProcedure,
    *,
    site: SiteFacts,
) -> None:
    step.modality = facts.modality or step.modality or requested_procedure.modality
    step.start = facts.start or step.start
    step.description = facts.description or step.description or requested_procedure.description
    step.performing_physician_name = (
        facts.performing_physician_name or step.performing_physician_name
    )
    if facts.protocol is not None:
        step.protocol_code = facts.protocol.value
        step.protocol_scheme = facts.protocol.scheme
        step.protocol_meaning = facts.protocol.meaning
    ae_title = facts.station_ae_title or step.scheduled_station_ae_title
    if not ae_title:
        chosen = choose_station(
            stations=station_facts(modality=step.modality, start=step.start, zone=site.zone),
            modality=step.modality,
            procedure_code=requested_procedure.code,
        )
        ae_title = chosen.ae_title if chosen else ""
    row = station(ae_title) if ae_title else None
    step.scheduled_station_ae_title = ae_title
    step.station_name = row.name if row else ae_title
    step.station_location = row.location if row else ""


def move_steps(
    *,
    exam: Exam,
    command: str,
    at: datetime,
    origin: Origin,
    step_ids: Sequence[int] | None = None,
    inferred: bool = False,
) -> None:
    """Apply `command` to the exam's steps (or those of `step_ids`) that it can move.

    Raises:
        StepStateForbids: it moves none of them, and none is where it leads already.
    """
    steps = list(exam.requested_procedure.steps.select_for_update())
    chosen = [s for s in steps if step_ids is None or s.pk in step_ids]
    moved = False
    for step in chosen:
        status = next_status(step.status, command)
        if status is not None:
            step.status = status
            changes.save(step, origin=origin)
            moved = True
    if not moved and chosen:
        raise StepStateForbids(
            f"the exam is {exam.status.replace('_', ' ')}; it cannot {command.replace('_', ' ')}"
        )
    status = exam_status([step.status for step in steps])
    if status is not None:
        exams.record_status(
            exam,
            status=status,
            at=at,
            text=WORDS.get(StepStatus(status), status),
            origin=origin,
            inferred=inferred,
        )


def hold_steps(*, exam: Exam, on_hold: bool, origin: Origin) -> None:
    """Hide the exam's steps from the worklist, or show them again."""
    for step in exam.requested_procedure.steps.select_for_update():
        step.on_hold = on_hold
        changes.save(step, origin=origin)
    exams.add_event(
        exam,
        kind="held" if on_hold else "released",
        text="order on hold: not on the worklist" if on_hold else "order released",
        origin=origin,
    )


def arrive(*, exam_id: int, origin: Origin, at: datetime | None = None) -> Exam:
    """Say that the patient is here.

    Raises:
        StepStateForbids: the exam was started or ended.
    """
    return _by_person(exam_id, "arrive", origin, at)


def cancel(*, exam_id: int, origin: Origin, at: datetime | None = None) -> Exam:
    """Cancel an exam that was not started.

    Raises:
        StepStateForbids: it was.
    """
    return _by_person(exam_id, "cancel", origin, at)


def mark_no_show(*, exam_id: int, origin: Origin, at: datetime | None = None) -> Exam:
    """Say that the patient did not come.

    Raises:
        StepStateForbids: the patient arrived, or the exam ended.
    """
    return _by_person(exam_id, "no_show", origin, at)


def _by_person(exam_id: int, command: str, origin: Origin, at: datetime | None) -> Exam:
    with transaction.atomic():
        exam = exams.lock_exam(exam_id)
        move_steps(exam=exam, command=command, at=at or clock.now(), origin=origin)
        return exam


def replace_stations(rows: Sequence[Mapping[str, Any]], *, simulated: bool = False) -> None:
    """Make the stations exactly these; simulated and real ones do not touch each other.

    A station that is real stays so when a simulated one would have its AE title.
    """
    with transaction.atomic():
        titles = [row["ae_title"] for row in rows]
        Station.objects.filter(simulated=simulated).exclude(ae_title__in=titles).delete()
        real = set(Station.objects.filter(simulated=False).values_list("ae_title", flat=True))
        for row in rows:
            if simulated and row["ae_title"] in real:
                continue
            Station.objects.update_or_create(
                ae_title=row["ae_title"], defaults={**row, "simulated": simulated}
            )
