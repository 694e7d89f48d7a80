"""Find orders and catalogue rows; reads only."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from pacs_hub.access.permissions import Principal
from pacs_hub.kernel.errors import Unknown
from worklist.orders.models import Order, Procedure
from worklist.orders.rules import OrderFacts


class NoSuchOrder(Unknown):
    """No such order here, or none this caller may see."""

    code = "no-such-order"


def order_of(facts: OrderFacts) -> Order | None:
    """Return the stored order these facts speak of, locked: by filler, placer, then accession.

    An order number without a namespace also finds the order where only one has that number.
    """
    orders = Order.objects.select_for_update()
    for number, space, kind in (
        (facts.filler_order_number, facts.filler_namespace, "filler"),
        (facts.placer_order_number, facts.placer_namespace, "placer"),
    ):
        if not number:
            continue
        wanted = Q(**{f"{kind}_order_number": number})
        if space:
            wanted &= Q(**{f"{kind}_namespace": space})
        found = list(orders.filter(wanted)[:2])
        if len(found) == 1:
            return found[0]
    if facts.accession_number:
        return orders.filter(accession_number=facts.accession_number).first()
    return None


def procedure_for(*, code: str, scheme: str) -> Procedure | None:
    """Return the active catalogue row of a code; an odd scheme is not held against it."""
    rows = list(Procedure.objects.filter(code=code, active=True))
    exact = [row for row in rows if row.scheme == scheme]
    if exact:
        return exact[0]
    return rows[0] if len(rows) == 1 else None


def orders(
    *,
    principal: Principal,
    accession_number: str = "",
    placer_order_number: str = "",
    filler_order_number: str = "",
) -> QuerySet[Order]:
    """Return the orders `principal` may see, newest first, with what they ask for."""
    exact = {
        "accession_number": accession_number,
        "placer_order_number": placer_order_number,
        "filler_order_number": filler_order_number,
    }
    rows = Order.objects.filter(**{name: value for name, value in exact.items() if value})
    if principal.sees_only_own:
        rows = rows.filter(ordering_provider_id=principal.provider_id).exclude(
            ordering_provider_id=""
        )
    return (
        rows.select_related("patient")
        .prefetch_related("patient__identifiers", "requested_procedures__exam")
        .order_by("-pk")
    )


def order(*, principal: Principal, order_id: int) -> Order:
    """Return one order.

    Raises:
        NoSuchOrder: there is none that this caller may see.
    """
    row = orders(principal=principal).filter(pk=order_id).first()
    if row is None:
        raise NoSuchOrder("no such order")
    return row


def procedures() -> QuerySet[Procedure]:
    """Return the active catalogue by code."""
    return Procedure.objects.filter(active=True).order_by("code")
