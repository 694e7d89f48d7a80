"""Find charges; reads only."""

from __future__ import annotations

from django.db.models import QuerySet

from integrations.billing.models import Charge, ExternalCharge
from pacs_hub.access.permissions import Principal
from pacs_hub.kernel.errors import Unknown


class NoSuchCharge(Unknown):
    """There is no such charge."""

    code = "no-such-charge"


def charges(*, principal: Principal, exam_id: int | None = None) -> QuerySet[Charge]:
    """Return the charges `principal` may see, newest first."""
    rows = Charge.objects.select_related("exam", "exam__patient").prefetch_related("lines")
    if principal.sees_only_own:
        rows = rows.none()
    if exam_id is not None:
        rows = rows.filter(exam=exam_id)
    return rows.order_by("-pk")


def charge(charge_id: int) -> Charge:
    """Return one charge with its exam, patient, order and lines.

    Raises:
        NoSuchCharge: there is none.
    """
    row = (
        Charge.objects.select_related("exam", "exam__patient", "exam__requested_procedure__order")
        .prefetch_related("lines", "exam__patient__identifiers")
        .filter(pk=charge_id)
        .first()
    )
    if row is None:
        raise NoSuchCharge("no such charge")
    return row


def external_charges() -> QuerySet[ExternalCharge]:
    """Return the charges other systems told of that are none of ours, newest first."""
    return ExternalCharge.objects.select_related("exam", "patient").order_by("-pk")
