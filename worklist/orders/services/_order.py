"""Number orders, keep what they say, and keep the catalogue."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db.models import F

from archive.models import Patient
from pacs_hub.access.queries import SiteFacts
from pacs_hub.audit import changes
from pacs_hub.kernel.errors import Conflict, Malformed
from pacs_hub.kernel.origin import Origin
from worklist.orders.models import (
    AccessionSequence,
    Order,
    OrderStatus,
)
from worklist.orders.rules import (
    ACCESSION_MAX,
    OrderFacts,
    accession_number,
    next_state,
)


class AccessionNumberTooLong(Malformed):
    """Longer than the 16 characters of an SH (PS3.5 6.2); never cut."""

    code = "accession-number-too-long"


class AccessionNumberInUse(Conflict):
    """Another order of this issuer has that accession number."""

    code = "accession-number-in-use"


class OrderStateForbids(Conflict):
    """The order is in a state from which this cannot happen."""

    code = "order-state-forbids"


COPIED: Final = (
    "priority",
    "visit_number",
    "account_number",
    "patient_class",
    "location",
    "ordering_provider_id",
    "ordering_provider_name",
    "referring_physician_name",
)
"""Fields an order keeps as the sender last said them; empty changes nothing."""


def create_order(
    *, facts: OrderFacts, patient: Patient, site: SiteFacts, now: datetime, origin: Origin
) -> Order:
    """Create the order's row with its accession number, as sent or issued.

    Raises:
        AccessionNumberTooLong: more than 16 characters.
        AccessionNumberInUse: another order has it.
    """
    number = facts.accession_number
    if len(number) > ACCESSION_MAX:
        raise AccessionNumberTooLong(
            f"the accession number has more than {ACCESSION_MAX} characters", field="OBR-18"
        )
    if not number:
        number = _issue_accession_number(site=site, year=now.astimezone(site.zone).year)
    elif Order.objects.filter(
        issuer_of_accession_number=site.facility, accession_number=number
    ).exists():
        raise AccessionNumberInUse(
            "another order has this accession number", field="accession_number"
        )
    event_at = facts.event_at or now
    order = Order(
        patient=patient,
        placer_order_number=facts.placer_order_number,
        placer_namespace=facts.placer_namespace,
        filler_order_number=facts.filler_order_number,
        filler_namespace=facts.filler_namespace,
        accession_number=number,
        issuer_of_accession_number=site.facility,
        status=OrderStatus.NEW,
        sending_application=facts.sending_application,
        sending_facility=facts.sending_facility,
        ordered_at=event_at,
        last_event_at=event_at,
        **{name: getattr(facts, name) for name in COPIED},
    )
    changes.save(order, origin=origin)
    return order


def _issue_accession_number(*, site: SiteFacts, year: int) -> str:
    """Take the next number of the year; numbers a sender already used are passed over."""
    AccessionSequence.objects.get_or_create(year=year)
    while True:
        AccessionSequence.objects.filter(year=year).update(last=F("last") + 1)
        last = AccessionSequence.objects.get(year=year).last
        number = accession_number(facility=site.facility, year=year, number=last)
        taken = Order.objects.filter(
            issuer_of_accession_number=site.facility, accession_number=number
        )
        if not taken.exists():
            return number


def change_order_row(*, order: Order, facts: OrderFacts, now: datetime, origin: Origin) -> None:
    """Keep what the sender now says of the order; what they left out stays."""
    for name in COPIED:
        if value := getattr(facts, name):
            setattr(order, name, value)
    if facts.filler_order_number and not order.filler_order_number:
        order.filler_order_number = facts.filler_order_number
        order.filler_namespace = facts.filler_namespace
    order.last_event_at = facts.event_at or now
    changes.save(order, origin=origin)


def move_order(*, order: Order, command: str, origin: Origin) -> None:
    """Apply one command of the state table.

    Raises:
        OrderStateForbids: the table has no such row.
    """
    state = next_state(order.status, command)
    if state is None:
        raise OrderStateForbids(f"the order is {order.status}; it cannot {command} now")
    order.status = state
    changes.save(order, origin=origin)


COMMAND_OF_EXAM: Final[dict[str, str]] = {
    "in_progress": "start",
    "completed": "complete",
    "discontinued": "discontinue",
    "cancelled": "cancel",
}


def follow_exam(*, order: Order, exam_status: str, origin: Origin) -> None:
    """Let the order follow what really happened in the room, where its table allows it."""
    command = COMMAND_OF_EXAM.get(exam_status)
    state = next_state(order.status, command) if command else None
    if state is not None:
        order.status = state
        changes.save(order, origin=origin)
