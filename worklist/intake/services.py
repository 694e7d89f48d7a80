"""Take orders in: order, requested procedure, steps and exam in one transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from django.db import transaction

from archive.models import Patient
from archive.patients.queries import resolve
from pacs_hub.access.queries import SiteFacts
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox.publish import publish
from worklist.exams import services as exams
from worklist.exams.events import AboutExam
from worklist.exams.models import Exam
from worklist.intake.events import OrderAccepted, OrderCancelled, OrderChanged
from worklist.mpps.events import StepCompleted, StepDiscontinued, StepStarted
from worklist.orders import services as orders
from worklist.orders.models import Order, RequestedProcedure
from worklist.orders.queries import order_of
from worklist.orders.rules import OrderFacts
from worklist.scheduling import services as scheduling
from worklist.scheduling.rules import FINAL


class OrderForOtherPatient(Conflict):
    """The order is known here, for another patient; it is never moved silently."""

    code = "order-for-other-patient"


class ExamUnderWay(Conflict):
    """The exam was started; it can be discontinued, not cancelled."""

    code = "exam-under-way"


def accept_order(*, order: OrderFacts, patient: Patient, origin: Origin, site: SiteFacts) -> Exam:
    """Take in a new order (ORC-1 NW, RAD-2/RAD-4); one that is known is a change.

    Raises:
        OrderForOtherPatient, AccessionNumberInUse, StudyUidInUse: it contradicts what is known.
        AccessionNumberTooLong, NotAUid: it cannot be kept as it is.
    """
    with transaction.atomic():
        known = order_of(order)
        if known is None:
            return _open(order, patient=patient, origin=origin, site=site)
        _check_patient(known, patient)
        return _change(known, order, origin=origin, site=site)


change_order = accept_order
"""An ORC-1 XO for an order nobody knows is a new order: the sender must not lose it."""


def _check_patient(order: Order, patient: Patient) -> None:
    if resolve(order.patient).pk != patient.pk:
        raise OrderForOtherPatient("this order belongs to another patient here", field="PID-3")


def _open(facts: OrderFacts, *, patient: Patient, origin: Origin, site: SiteFacts) -> Exam:
    order = orders.create_order(
        facts=facts, patient=patient, site=site, now=clock.now(), origin=origin
    )
    return _open_exam(order, facts, origin=origin, site=site)


def _open_exam(order: Order, facts: OrderFacts, *, origin: Origin, site: SiteFacts) -> Exam:
    requested = orders.request_procedure(order=order, facts=facts, zone=site.zone, origin=origin)
    exam = requested.exam
    scheduling.schedule_steps(
        exam=exam, requested_procedure=requested, steps=facts.steps, site=site, origin=origin
    )
    if exam.scheduled_for is not None and order.status == "new":
        orders.move_order(order=order, command="schedule", origin=origin)
    _publish(OrderAccepted, exam, origin)
    return exam


def _change(order: Order, facts: OrderFacts, *, origin: Origin, site: SiteFacts) -> Exam:
    requested = _requested(order, facts)
    if requested is None:  # one more procedure under the same accession number
        return _open_exam(order, facts, origin=origin, site=site)
    exam = exams.lock_exam(requested.exam.pk)
    stale = facts.event_at is not None and facts.event_at < order.last_event_at
    if stale or exam.status in FINAL:
        exams.add_event(
            exam, kind="ignored", text="an older or late change was not applied", origin=origin
        )
        return exam
    orders.change_order_row(order=order, facts=facts, now=clock.now(), origin=origin)
    uid = facts.study_instance_uid
    if uid and uid != requested.study_instance_uid:
        _change_study_uid(exam, requested, uid)
    orders.describe_procedure(requested, exam=exam, facts=facts, origin=origin)
    scheduling.schedule_steps(
        exam=exam, requested_procedure=requested, steps=facts.steps, site=site, origin=origin
    )
    if exam.scheduled_for is not None and order.status == "new":
        orders.move_order(order=order, command="schedule", origin=origin)
    _publish(OrderChanged, exam, origin)
    return exam


def _requested(order: Order, facts: OrderFacts) -> RequestedProcedure | None:
    """Return the requested procedure the facts mean, None when they ask for one more.

    Raises:
        AccessionNumberInUse: another order number, and nothing says it is the same request.
    """
    rows = list(order.requested_procedures.select_related("exam").order_by("pk"))
    for row in rows:
        if facts.requested_procedure_id and facts.requested_procedure_id == (
            row.requested_procedure_id
        ):
            return row
        if facts.study_instance_uid and facts.study_instance_uid == row.study_instance_uid:
            return row
    other_number = (
        facts.placer_order_number
        and order.placer_order_number
        and facts.placer_order_number != order.placer_order_number
    )
    if facts.requested_procedure_id and (other_number or len(rows) > 1):
        return None
    if other_number:
        raise orders.AccessionNumberInUse(
            "another order has this accession number", field="accession_number"
        )
    return rows[0]


def _change_study_uid(exam: Exam, requested: RequestedProcedure, uid: str) -> None:
    """Take over another Study Instance UID, as long as nobody has used the one we gave.

    Raises:
        NotAUid, StudyUidInUse: it cannot be used.
        ExamUnderWay: images or a performed step already carry the old one.
    """
    if exam.number_of_instances or exam.started_at:
        raise ExamUnderWay("the exam has started; its Study Instance UID stays", field="ZDS-1")
    orders.check_study_uid(uid)
    requested.study_instance_uid = uid


def cancel_order(*, order: OrderFacts, patient: Patient, origin: Origin) -> Exam | None:
    """Cancel an order (ORC-1 CA) before it is started; None when nobody knows it.

    Raises:
        ExamUnderWay: it was started.
        OrderForOtherPatient: it belongs to somebody else.
    """
    return set_order_status(order=order, patient=patient, command="cancel", origin=origin)


EVENTS: Final[dict[str, type[AboutExam]]] = {
    "start": StepStarted,
    "complete": StepCompleted,
    "discontinue": StepDiscontinued,
    "cancel": OrderCancelled,
}


def set_order_status(
    *, order: OrderFacts, patient: Patient, command: str, origin: Origin
) -> Exam | None:
    """Apply a status the filler tells (ORC-1 SC with ORC-5), or a cancel, hold or release.

    `command` is start, complete, discontinue, cancel, hold or release. What is so already is
    left alone; None when nobody knows the order.

    Raises:
        ExamUnderWay: a cancel, and the exam was started.
        OrderStateForbids, StepStateForbids: the state tables have no such row.
    """
    with transaction.atomic():
        known = order_of(order)
        if known is None:
            return None
        _check_patient(known, patient)
        requested = _requested(known, replace(order, requested_procedure_id=""))
        if requested is None:
            return None
        exam = exams.lock_exam(requested.exam.pk)
        _apply_status(exam, known, command, at=order.event_at or clock.now(), origin=origin)
        return exam


def _apply_status(exam: Exam, order: Order, command: str, *, at: datetime, origin: Origin) -> None:
    if command == "cancel" and exam.status == "in_progress":
        raise ExamUnderWay("the exam was started; discontinue it instead", field="ORC-1")
    if _is_so_already(exam, order, command):
        exams.add_event(exam, kind="ignored", text="told again, nothing to change", origin=origin)
        return
    orders.move_order(order=order, command=command, origin=origin)
    if command in {"hold", "release"}:
        scheduling.hold_steps(exam=exam, on_hold=command == "hold", origin=origin)
        return
    scheduling.move_steps(exam=exam, command=command, at=at, origin=origin)
    _publish(EVENTS[command], exam, origin)


def _is_so_already(exam: Exam, order: Order, command: str) -> bool:
    so_already = {
        "start": {"in_progress", "completed"},
        "complete": {"completed"},
        "discontinue": {"discontinued", "cancelled"},
        "cancel": {"cancelled", "discontinued"},
    }
    if command == "hold":
        return order.status == "on_hold"
    if command == "release":
        return order.status != "on_hold"
    return exam.status in so_already[command]


def _publish(event: type[AboutExam], exam: Exam, origin: Origin) -> None:
    publish(event(occurred_at=clock.now(), correlation_id=origin.correlation_id, exam_id=exam.pk))
