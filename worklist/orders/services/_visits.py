"""Let orders follow their visit and their account to another number or another patient."""

from __future__ import annotations

from typing import Final

from django.db.models import Q, QuerySet

from archive.models import Patient
from pacs_hub.audit import changes
from pacs_hub.kernel.origin import Origin
from worklist.orders.models import Order

AT_ONCE: Final = 200


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
