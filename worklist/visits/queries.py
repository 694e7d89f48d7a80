"""Find visits; reads only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from pacs_hub.outbox.statements import Select, given
from worklist.visits.models import FormerVisitNumber, Visit, VisitStatus

M = TypeVar("M", bound=Model)

UNDER_WAY = (VisitStatus.IN_PROGRESS, VisitStatus.ON_LEAVE)


def visit_of(*, number: str, authority: str) -> Visit | None:
    """Return the visit of that number, now or formerly, locked.

    A number without an authority also finds the visit where only one has that number.
    """
    if not number:
        return None
    asked = (number, authority) if authority else (number,)
    found = _numbered(Visit.objects.select_for_update(), len(asked)).fetch(*asked)
    if len(found) == 1:
        return found[0]
    former = _numbered(FormerVisitNumber.objects.all(), len(asked)).fetch(*asked)
    visits = Visit.objects.select_for_update()
    return visits.get(pk=former[0].visit_id) if len(former) == 1 else None


_KNOWN: dict[tuple[type[Model], int], Select[Any]] = {}


def _numbered(rows: QuerySet[M], asked: int) -> Select[M]:
    """Return the query for up to two rows by number, and by authority where that is asked."""
    key = (rows.model, asked)
    if key not in _KNOWN:
        wanted = Q(number=given(0))
        if asked > 1:
            wanted &= Q(authority__in=(given(1), ""))
        _KNOWN[key] = Select(rows.filter(wanted)[:2])
    return _KNOWN[key]


def numbered(numbers: Iterable[str]) -> dict[str, list[Visit]]:
    """Return the visits of these numbers, by number."""
    wanted = {number for number in numbers if number}
    found: dict[str, list[Visit]] = {}
    for visit in Visit.objects.filter(number__in=wanted) if wanted else ():
        found.setdefault(visit.number, []).append(visit)
    return found


def under_way(patient_ids: Iterable[int]) -> dict[int, list[Visit]]:
    """Return the visits under way of these patients, by patient."""
    wanted = set(patient_ids)
    found: dict[int, list[Visit]] = {}
    rows = Visit.objects.filter(patient__in=wanted, status__in=UNDER_WAY) if wanted else ()
    for visit in rows:
        found.setdefault(visit.patient_id, []).append(visit)
    return found
