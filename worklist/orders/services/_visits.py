"""Let orders follow their visit and their account to another number or another patient."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from archive.models import Patient
from pacs_hub.audit import changes
from pacs_hub.kernel.origin import Origin
from worklist.exams import services as exams
from worklist.exams.models import Exam
from worklist.orders.models import Order, RequestedProcedure


def orders_of_visit(*, number: str, authority: str) -> QuerySet[Order]:
    """Return the orders that name this visit; one that names no authority means any."""
    wanted = Q(visit_number=number)
    if authority:
        wanted &= Q(visit_namespace__in=(authority, ""))
    return Order.objects.filter(wanted).order_by("pk")


def follow_visit_number(*, old: tuple[str, str], new: tuple[str, str], origin: Origin) -> int:
    """Give the orders of a visit its new number; returns how many."""
    count = 0
    for order in orders_of_visit(number=old[0], authority=old[1]).select_for_update():
        order.visit_number = new[0]
        order.visit_namespace = new[1] or order.visit_namespace
        count += bool(changes.save(order, origin=origin))
    return count


def follow_account_number(*, patient: Patient, old: str, new: str, origin: Origin) -> int:
    """Give a patient's orders on an account its new number; returns how many."""
    rows = Order.objects.select_for_update().filter(patient=patient, account_number=old)
    count = 0
    for order in rows.order_by("pk"):
        order.account_number = new
        count += bool(changes.save(order, origin=origin))
    return count


def exams_of_order(order_id: int) -> list[Exam]:
    """Return the exams of an order."""
    rows = RequestedProcedure.objects.filter(order=order_id).select_related("exam")
    return [row.exam for row in rows.order_by("pk")]


def give_order_to(*, order: Order, patient: Patient, account_number: str, origin: Origin) -> None:
    """Move an order and its exams to another patient and account: their visit moved (A44, A45)."""
    moved = order.patient_id != patient.pk
    order.patient, order.account_number = patient, account_number
    changes.save(order, origin=origin)
    for exam in exams_of_order(order.pk) if moved else ():
        exam.patient = patient
        changes.save(exam, origin=origin)
        exams.add_event(exam, kind="moved", text="moved with its visit", origin=origin)
