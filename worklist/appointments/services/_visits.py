"""What a visit says to the steps and appointments that belong to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from archive.patients.queries import cluster_of, resolve
from pacs_hub.access.queries import SiteFacts
from pacs_hub.audit import changes
from pacs_hub.kernel.errors import Conflict
from pacs_hub.kernel.origin import Origin
from worklist.appointments.models import Appointment, AppointmentStatus
from worklist.appointments.queries import exams_of, open_at, open_of
from worklist.appointments.services._steps import BEGUN
from worklist.exams import services as exams
from worklist.exams.models import Exam, ExamStatus
from worklist.orders.services import orders_of_visit
from worklist.scheduling import services as scheduling
from worklist.scheduling.models import StepStatus
from worklist.visits.models import Visit

SOURCE: Final = "adt"


class VisitHasExams(Conflict):
    """Exams depend on the visit: it is neither cancelled nor deleted without a person."""

    code = "visit-has-exams"


def arrive_visit(
    *, visit: Visit, at: datetime, site: SiteFacts, origin: Origin
) -> tuple[list[Exam], list[Appointment]]:
    """Say that the patient of a visit is here: today's steps and appointments are arrived.

    Steps of orders that name the visit, of the visit's appointments, and of the patient's orders
    that name no visit at all. Twice is once. Returns what moved.
    """
    morning = at.astimezone(site.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    night = (morning + timedelta(days=1)).replace(tzinfo=site.zone)
    with transaction.atomic():
        booked = open_at(visit, since=morning, before=night)
        ids = {exam.pk for row in booked for exam in exams_of(row)}
        theirs = Q(requested_procedure__order__in=orders_of_visit(**_name(visit)))
        people = cluster_of(resolve(visit.patient).pk)
        loose = Q(patient__in=people, requested_procedure__order__visit_number="")
        today = Q(scheduled_for__gte=morning, scheduled_for__lt=night)
        found = Exam.objects.filter(Q(pk__in=ids) | ((theirs | loose) & today))
        moved = [
            _arrived(exam, at=at, origin=origin)
            for exam in found.filter(
                status__in=(ExamStatus.ORDERED, ExamStatus.SCHEDULED),
                requested_procedure__steps__status=StepStatus.SCHEDULED,
            )
            .distinct()
            .order_by("pk")
        ]
        linked = Appointment.objects.filter(links__exam__in=moved, pk__isnull=False)
        known = {row.pk for row in booked}
        booked += [
            row
            for row in linked.filter(status=AppointmentStatus.BOOKED).distinct()
            if row.pk not in known
        ]
        for row in booked:
            row.status = AppointmentStatus.ARRIVED
            changes.save(row, origin=origin)
        return moved, booked


def note_on_visit(*, visit: Visit, note: str, origin: Origin) -> list[Exam]:
    """Write what became of the visit on its open steps ("" takes it away); nothing is cancelled.

    Returns the exams that say so now.
    """
    with transaction.atomic():
        found = {exam.pk: exam for exam in _exams(visit)}
        for row in open_of(visit):
            found.update({exam.pk: exam for exam in exams_of(row)})
        return [
            exam
            for exam in found.values()
            if scheduling.note_visit(exam=exam, note=note, origin=origin)
        ]


def check_not_started(visit: Visit) -> None:
    """Refuse to cancel a visit in which an exam was begun.

    Raises:
        VisitHasExams: one was.
    """
    if any(exam.status in BEGUN for exam in _exams(visit)):
        raise VisitHasExams("an exam of this visit was started", field="PV1-19")


def check_no_dependents(visit: Visit) -> None:
    """Refuse to delete a visit that orders or appointments belong to.

    Raises:
        VisitHasExams: some do.
    """
    if orders_of_visit(**_name(visit)).exists() or open_of(visit):
        raise VisitHasExams("orders or appointments belong to this visit", field="PV1-19")


def _name(visit: Visit) -> dict[str, str]:
    return {"number": visit.number, "authority": visit.authority}


def _exams(visit: Visit) -> list[Exam]:
    return list(
        Exam.objects.filter(
            requested_procedure__order__in=orders_of_visit(**_name(visit))
        ).order_by("pk")
    )


def _arrived(exam: Exam, *, at: datetime, origin: Origin) -> Exam:
    exam = exams.lock_exam(exam.pk)
    scheduling.move_steps(exam=exam, command="arrive", at=at, origin=origin, source=SOURCE)
    return exam
