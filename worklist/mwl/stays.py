"""The visit a worklist item belongs to: what it says where the order says less."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db.models import Q
from pydicom import Dataset

from worklist.orders.models import Order
from worklist.scheduling.models import ScheduledProcedureStep
from worklist.visits.models import Visit
from worklist.visits.queries import UNDER_WAY

ASKED_OF_VISIT: Final = (
    "AdmissionID",
    "IssuerOfAdmissionIDSequence",
    "CurrentPatientLocation",
    "RouteOfAdmissions",
    "AdmittingDate",
    "AdmittingTime",
    "ReferringPhysicianName",
    "ReferringPhysicianIdentificationSequence",
)
Stays = dict[int, Visit]


def asks_for_visit(identifier: Dataset) -> bool:
    """Say whether anything is asked for that a visit tells."""
    return any(keyword in identifier for keyword in ASKED_OF_VISIT)


def stays_of(steps: Sequence[ScheduledProcedureStep]) -> Stays:
    """Return the visit of each step by the step's id, in one query.

    It is the one the order names; of an order that names none, the only one its patient has
    under way.
    """
    orders = [step.requested_procedure.order for step in steps]
    numbers = {order.visit_number for order in orders if order.visit_number}
    people = {person for order in orders if not order.visit_number for person in _people(order)}
    if not numbers and not people:
        return {}
    wanted = Q(number__in=numbers) | Q(patient__in=people, status__in=UNDER_WAY)
    visits = list(Visit.objects.filter(wanted))
    found = ((step.pk, _only(visits, step.requested_procedure.order)) for step in steps)
    return {pk: visit for pk, visit in found if visit is not None}


def _only(visits: Sequence[Visit], order: Order) -> Visit | None:
    people = _people(order)
    theirs = [
        visit
        for visit in visits
        if (
            visit.number == order.visit_number
            and order.visit_namespace in ("", visit.authority)
            or not order.visit_number
            and visit.patient_id in people
            and visit.status in UNDER_WAY
        )
    ]
    return theirs[0] if len(theirs) == 1 else None


def _people(order: Order) -> set[int]:
    survivor = order.patient.survivor_id
    return {order.patient_id, *([survivor] if survivor else [])}
