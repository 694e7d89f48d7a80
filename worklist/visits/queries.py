"""Find visits; reads only."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from worklist.visits.models import FormerVisitNumber, Visit, VisitStatus

UNDER_WAY = (VisitStatus.IN_PROGRESS, VisitStatus.ON_LEAVE)


def visit_of(*, number: str, authority: str) -> Visit | None:
    """Return the visit of that number, now or formerly, locked.

    A number without an authority also finds the visit where only one has that number.
    """
    if not number:
        return None
    wanted = Q(number=number)
    if authority:
        wanted &= Q(authority__in=(authority, ""))
    visits = Visit.objects.select_for_update()
    found = list(visits.filter(wanted)[:2])
    if len(found) == 1:
        return found[0]
    former = list(FormerVisitNumber.objects.filter(wanted)[:2])
    return visits.get(pk=former[0].visit_id) if len(former) == 1 else None


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
