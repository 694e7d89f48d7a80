"""Number orders, keep what they say, and keep the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F

from archive.models import Patient
from pacs_hub.access.queries import SiteFacts
from pacs_hub.kernel.errors import Conflict, Malformed
from pacs_hub.kernel.origin import Origin
from worklist.exams import services as exams
from worklist.exams.models import Exam
from worklist.exams.rules import ExamFacts
from worklist.orders.models import AccessionSequence, Order, OrderStatus, Procedure, RequestedProcedure
from worklist.orders.queries import procedure_for
from worklist.orders.rules import (
    ACCESSION_MAX,
    OrderFacts,
    accession_number,
    is_uid,
    new_study_instance_uid,
    next_state,
)


class AccessionNumberTooLong(Malformed):
    """Longer than the 16 characters of an SH (PS3.5 6.2); never cut."""

    code = "accession-number-too-long"


class NotAUid(Malformed):
    """The Study Instance UID of an order is not a UID."""

    code = "bad-uid"


class AccessionNumberInUse(Conflict):
    """Another order of this issuer has that accession number."""

    code = "accession-number-in-use"


class StudyUidInUse(Conflict):
    """Another order has that Study Instance UID."""

    code = "study-instance-uid-in-use"


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


def create_order(*, facts: OrderFacts, patient: Patient, site: SiteFacts, now: datetime) -> Order:
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
    return Order.objects.create(
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


def request_procedure(
    *, order: Order, facts: OrderFacts, zone: ZoneInfo, origin: Origin
) -> RequestedProcedure:
    """Create the requested procedure, with its Study Instance UID as sent or issued for life,
    and the exam it is.

    Raises:
        NotAUid: the UID is not one.
        StudyUidInUse: another order has it.
    """
    uid = facts.study_instance_uid
    if uid:
        check_study_uid(uid)
    requested = RequestedProcedure(
        order=order,
        requested_procedure_id=facts.requested_procedure_id[:16] or order.accession_number,
        study_instance_uid=uid or new_study_instance_uid(),
    )
    _describe(requested, facts)
    requested.exam = exams.open_exam(
        facts=exam_facts(requested),
        patient=order.patient,
        ordered_at=order.ordered_at,
        zone=zone,
        origin=origin,
    )
    requested.save()
    return requested


def describe_procedure(
    requested: RequestedProcedure, *, exam: Exam, facts: OrderFacts, origin: Origin
) -> None:
    """Keep what the sender now says was ordered, on the requested procedure and its exam."""
    _describe(requested, facts)
    requested.save()
    exams.describe(exam, facts=exam_facts(requested), origin=origin)


def check_study_uid(uid: str) -> None:
    """Refuse a Study Instance UID that cannot become a new study.

    Raises:
        NotAUid, StudyUidInUse: it is none, or it is taken.
    """
    if not is_uid(uid):
        raise NotAUid("the Study Instance UID is not a UID", field="ZDS-1")
    if RequestedProcedure.objects.filter(study_instance_uid=uid).exists():
        raise StudyUidInUse("another order has this Study Instance UID", field="ZDS-1")


def _describe(requested: RequestedProcedure, facts: OrderFacts) -> None:
    """Take over what was ordered, completed from the catalogue."""
    if facts.procedure is not None:
        row = procedure_for(code=facts.procedure.value, scheme=facts.procedure.scheme)
        requested.procedure = row
        requested.code = facts.procedure.value
        requested.scheme = facts.procedure.scheme or (row.scheme if row else "")
        requested.description = (row.name if row else facts.procedure.meaning) or (
            facts.procedure.value
        )
    requested.modality = facts.modality or (
        requested.procedure.modality if requested.procedure else requested.modality
    )
    requested.reason = facts.reason[:300] or requested.reason


def exam_facts(requested: RequestedProcedure) -> ExamFacts:
    """Return what the exam repeats of its order."""
    order = requested.order
    return ExamFacts(
        accession_number=order.accession_number,
        issuer_of_accession_number=order.issuer_of_accession_number,
        placer_order_number=order.placer_order_number,
        filler_order_number=order.filler_order_number,
        requested_procedure_number=requested.requested_procedure_id,
        study_instance_uid=requested.study_instance_uid,
        procedure_code=requested.code,
        procedure_scheme=requested.scheme,
        procedure_name=requested.description,
        modality=requested.modality,
        priority=order.priority,
        ordering_provider_id=order.ordering_provider_id,
    )


def change_order_row(*, order: Order, facts: OrderFacts, now: datetime) -> None:
    """Keep what the sender now says of the order; what they left out stays."""
    for name in COPIED:
        if value := getattr(facts, name):
            setattr(order, name, value)
    if facts.filler_order_number and not order.filler_order_number:
        order.filler_order_number = facts.filler_order_number
        order.filler_namespace = facts.filler_namespace
    order.last_event_at = facts.event_at or now
    order.save()


def move_order(*, order: Order, command: str) -> None:
    """Apply one command of the state table.

    Raises:
        OrderStateForbids: the table has no such row.
    """
    state = next_state(order.status, command)
    if state is None:
        raise OrderStateForbids(f"the order is {order.status}; it cannot {command} now")
    if state != order.status:
        order.status = state
        order.save(update_fields=["status"])


def replace_procedures(rows: Sequence[Mapping[str, Any]]) -> None:
    """Make the active catalogue exactly these; what others refer to is kept, inactive."""
    with transaction.atomic():
        kept = [
            Procedure.objects.update_or_create(
                code=row["code"], scheme=row["scheme"], defaults={**row, "active": True}
            )[0].pk
            for row in rows
        ]
        Procedure.objects.exclude(pk__in=kept).update(active=False)
