"""Write the ledger: each slice above records here what it made true, in the same transaction."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from archive.models import Patient
from pacs_hub.audit import changes
from pacs_hub.audit import services as audit
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox.statements import insert
from worklist.exams.models import (
    ChargeStatus,
    Exam,
    ExamEvent,
    ExamStatus,
    ImageStatus,
    ReportStatus,
)
from worklist.exams.rules import ExamFacts, may_become


class ExamStateForbids(Conflict):
    """The exam is in a state from which this cannot happen."""

    code = "exam-state-forbids"


MILESTONE_OF_STATUS: Final[dict[str, str]] = {
    ExamStatus.ARRIVED: "arrived_at",
    ExamStatus.IN_PROGRESS: "started_at",
    ExamStatus.COMPLETED: "completed_at",
    ExamStatus.DISCONTINUED: "completed_at",
}
IMPLIED_BY: Final[dict[str, tuple[str, ...]]] = {
    ExamStatus.IN_PROGRESS: ("arrived_at",),
    ExamStatus.COMPLETED: ("arrived_at", "started_at"),
}
"""Milestones that were passed when this status is reached, whether anybody told us or not."""


def lock_exam(exam_id: int) -> Exam:
    """Return the exam, locked until the transaction ends."""
    return Exam.objects.select_for_update().get(pk=exam_id)


def open_exam(
    *, facts: ExamFacts, patient: Patient, ordered_at: datetime, zone: ZoneInfo, origin: Origin
) -> Exam:
    """Start the ledger row of a requested procedure."""
    now = clock.now()
    exam = Exam(
        patient=patient,
        status=ExamStatus.ORDERED,
        day=ordered_at.astimezone(zone).date(),
        ordered_at=ordered_at,
        updated_at=now,
        **asdict(facts),
    )
    changes.save(exam, origin=origin)
    add_event(exam, kind="ordered", text="order accepted", origin=origin, at=now)
    return exam


def describe(exam: Exam, *, facts: ExamFacts, origin: Origin) -> None:
    """Bring what the exam repeats of its order up to date, after the order was changed."""
    news = {name: value for name, value in asdict(facts).items() if getattr(exam, name) != value}
    if not news:
        return
    for name, value in news.items():
        setattr(exam, name, value)
    changes.save(exam, origin=origin)
    add_event(exam, kind="changed", text="order changed", origin=origin)


def record_schedule(
    exam: Exam,
    *,
    start: datetime | None,
    station_ae_title: str,
    station_name: str,
    zone: ZoneInfo,
    origin: Origin,
) -> None:
    """Say when and where the exam is to be; without a start it is only ordered."""
    changed = (start, station_ae_title) != (exam.scheduled_for, exam.station_ae_title)
    exam.scheduled_for = start
    exam.station_ae_title, exam.station_name = station_ae_title, station_name
    if start is not None:
        exam.day = start.astimezone(zone).date()
        if exam.status == ExamStatus.ORDERED:
            exam.status = ExamStatus.SCHEDULED
    changes.save(exam, origin=origin)
    if changed and start is not None:
        where = station_name or station_ae_title or "no room yet"
        when = f"{start.astimezone(zone):%d %b %H:%M}"
        add_event(exam, kind="scheduled", text=f"scheduled for {when}, {where}", origin=origin)


def record_status(
    exam: Exam, *, status: str, at: datetime, text: str, origin: Origin, inferred: bool = False
) -> None:
    """Move the exam along its own axis and set the milestone that goes with it.

    Raises:
        ExamStateForbids: the table does not allow it.
    """
    if status == exam.status:
        return
    if not may_become(exam.status, status):
        raise ExamStateForbids(f"the exam is {exam.status}; it cannot become {status}")
    exam.status = status
    milestone = MILESTONE_OF_STATUS.get(status)
    if milestone and not (milestone == "started_at" and exam.started_at):
        setattr(exam, milestone, at)
    if inferred and milestone:
        _infer(exam, milestone)
    for earlier in IMPLIED_BY.get(status, ()):
        if getattr(exam, earlier) is None:  # nobody told us, but it must have been so
            setattr(exam, earlier, at)
            _infer(exam, earlier)
    changes.save(exam, origin=origin)
    add_event(exam, kind=status, text=text, origin=origin, at=at)


def record_arrival_undone(exam: Exam, *, origin: Origin, at: datetime) -> None:
    """Say that the patient is not here after all; the exam waits again."""
    if exam.status == ExamStatus.ARRIVED:
        exam.status = ExamStatus.SCHEDULED if exam.scheduled_for else ExamStatus.ORDERED
        exam.arrived_at = None
        changes.save(exam, origin=origin)
        add_event(exam, kind="scheduled", text="arrival undone", origin=origin, at=at)


def _infer(exam: Exam, milestone: str) -> None:
    if milestone not in exam.inferred:
        exam.inferred = [*exam.inferred, milestone]


def record_station(exam: Exam, *, station_ae_title: str, station_name: str, origin: Origin) -> None:
    """Say which device really performs the exam."""
    exam.station_ae_title, exam.station_name = station_ae_title, station_name or station_ae_title
    changes.save(exam, origin=origin)


def record_linked(exam: Exam, *, text: str, at: datetime, origin: Origin) -> None:
    """Say that a study was linked to the exam."""
    exam.linked_at = exam.linked_at or at
    changes.save(exam, origin=origin)
    add_event(exam, kind="linked", text=text, origin=origin, at=at)


def record_images(
    exam: Exam,
    *,
    status: str,
    number_of_instances: int,
    first_at: datetime | None,
    last_at: datetime | None,
    note: str = "",
    origin: Origin,
) -> None:
    """Say how many images the exam has; the timeline is told when they begin and when they end."""
    news = status != exam.image_status or note != exam.image_note
    exam.image_status = status
    exam.image_note = note
    exam.number_of_instances = number_of_instances
    exam.first_image_at, exam.last_image_at = first_at, last_at
    changes.save(exam, origin=origin)
    if news:
        text = {
            ImageStatus.RECEIVING: "images are arriving",
            ImageStatus.RECEIVED: f"{_images(number_of_instances)} received",
            ImageStatus.NONE: "images were taken away",
        }.get(ImageStatus(status), f"{_images(number_of_instances)} held: {note}")
        add_event(exam, kind=f"images_{status}", text=text, origin=origin)


def record_images_removed(
    exam: Exam, *, number_of_instances: int, rule: str, origin: Origin
) -> None:
    """Say that images went by a rule, and how many are left; when they came stays written."""
    gone = exam.number_of_instances - number_of_instances
    if gone <= 0:
        return
    exam.number_of_instances = number_of_instances
    by_whom = f"removed by retention rule {rule}"
    if not number_of_instances:
        exam.image_status, exam.image_note = ImageStatus.NONE, by_whom[:120]
    changes.save(exam, origin=origin)
    add_event(exam, kind="images_removed", text=f"{_images(gone)} {by_whom}", origin=origin)


def _images(count: int) -> str:
    return "1 image" if count == 1 else f"{count} images"


def record_report(
    exam: Exam, *, status: str, at: datetime, text: str, kind: str = "", origin: Origin
) -> None:
    """Say where the report is; the first final one sets the milestone, while there is one."""
    exam.report_status = status
    signed = status in {ReportStatus.FINAL, ReportStatus.AMENDED}
    exam.reported_at = (exam.reported_at or at) if signed else None
    changes.save(exam, origin=origin)
    add_event(exam, kind=kind or f"report_{status}", text=text, origin=origin, at=at)


def record_charge(
    exam: Exam, *, status: str, at: datetime, text: str, note: str = "", origin: Origin
) -> None:
    """Say where the charge is."""
    exam.charge_status = status
    exam.charge_note = note[:120]
    if status in {ChargeStatus.READY, ChargeStatus.HELD}:
        exam.charged_at = exam.charged_at or at
    if status == ChargeStatus.ACCEPTED:
        exam.charge_acknowledged_at = at
    changes.save(exam, origin=origin)
    add_event(exam, kind=f"charge_{status}", text=text, origin=origin, at=at)


def add_event(
    exam: Exam, *, kind: str, text: str, origin: Origin, at: datetime | None = None
) -> None:
    """Add one line to the exam's timeline, and the audit row of the change it tells of."""
    audit.record(
        action="create" if kind == "ordered" else "update",
        object_type="exam",
        object_id=exam.pk,
        origin=origin,
        patient_id=exam.patient_id,
        detail=kind,
    )
    said = {"exam_id": exam.pk, "at": at or clock.now(), "kind": kind, "text": text[:300]}
    whence = {
        "actor": origin.actor[:150],
        "door": origin.door,
        "address": origin.address[:64],
        "source_kind": origin.source_kind,
        "source_id": origin.source_id[:80],
        "correlation_id": origin.correlation_id,
    }
    insert(ExamEvent, said | whence)
