"""Find studies by what people type and tick on the page of studies; reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import and_
from typing import Any, Final

from django.db.models import Q, QuerySet

from archive.index.columns import like
from archive.index.queries import visible
from archive.models import Instance, Patient, PatientIdentifier, Study
from archive.patients.rules import search_form
from archive.store import queries as archive
from archive.store.models import StudyState
from pacs_hub.access.permissions import Principal
from worklist.reconcile.models import MatchState
from worklist.reconcile.studies import WITHOUT_AN_EXAM

RECEIVING: Final = "receiving"
DEEPEST: Final = 10_000
"""Whoever wants to see further down narrows the search instead."""
_LATEST: Final = 300


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which studies to show; what is empty asks for nothing.

    `typed` is the start of a name, or a whole patient ID, accession number or Study Instance UID.
    """

    typed: str = ""
    link: str = ""
    modality: str = ""
    description: str = ""
    first_day: date | None = None
    last_day: date | None = None
    tier: str = ""
    held: bool = False

    @property
    def is_narrow(self) -> bool:
        """Say whether it asks for anything."""
        return self != Wanted()


@dataclass(frozen=True, kw_only=True)
class StudyPage:
    """One page of a list that nobody counts: its rows, and whether there are more."""

    rows: Sequence[Study]
    number: int
    first: int
    has_more: bool

    @property
    def last(self) -> int:
        """Return the place of the last row in the list, from 1."""
        return self.first + len(self.rows) - 1


def find_studies(
    *, principal: Principal, wanted: Wanted, number: int = 1, size: int = 50
) -> StudyPage:
    """Return one page of the studies the principal may see, the latest first."""
    number = max(1, min(number, DEEPEST // size))
    start = (number - 1) * size
    rows = (
        archive.studies(principal=principal)
        .filter(_condition(wanted))
        .select_related("patient__survivor", "match__exam")
        .prefetch_related("patient__identifiers", "patient__survivor__identifiers")
    )
    found = list(rows[start : start + size + 1])
    more = len(found) > size and start + size < DEEPEST
    return StudyPage(rows=found[:size], number=number, first=start + 1, has_more=more)


def study_named(
    *, principal: Principal, study_instance_uid: str, with_rejected: bool = False
) -> Study:
    """Return one study with its patient, match and exam.

    With `with_rejected` also one of which every object was taken out of use.

    Raises:
        NoSuchStudy: there is none that the principal may see.
    """
    rows = Study.objects.filter(
        visible(principal=principal), study_instance_uid=study_instance_uid
    ).select_related("patient__survivor", "match__exam")
    row = rows.first() if with_rejected else rows.filter(archive.present()).first()
    if row is None:
        raise archive.NoSuchStudy("no such study")
    return row


def stored_twin(sop_instance_uid: str) -> Instance | None:
    """Return what is stored under that SOP Instance UID, with its study and patient."""
    rows = Instance.objects.filter(sop_instance_uid=sop_instance_uid)
    return rows.select_related("study__patient__survivor").first() if sop_instance_uid else None


def modalities_in_use(*, principal: Principal) -> list[str]:
    """Return the modalities of the latest studies, by name."""
    latest = archive.studies(principal=principal).values_list("modalities", flat=True)[:_LATEST]
    return sorted({name for text in latest for name in text.split("\\") if name})


def _condition(wanted: Wanted) -> Q:
    asked: list[Q] = []
    if wanted.typed:
        asked.append(_typed(wanted.typed))
    if wanted.link:
        asked.append(_linked(wanted.link))
    if wanted.modality:  # a study may have several, backslash separated
        asked.append(Q(modalities__contains=wanted.modality))
    if wanted.description:
        asked.append(Q(description__icontains=wanted.description))
    if wanted.first_day:
        asked.append(Q(study_date__gte=wanted.first_day))
    if wanted.last_day:
        asked.append(Q(study_date__lte=wanted.last_day))
    if wanted.tier:
        asked.append(Q(tier=wanted.tier))
    if wanted.held:
        asked.append(Q(legal_hold=True))
    return reduce(and_, asked, Q())


def _linked(link: str) -> Q:
    if link == RECEIVING:
        return Q(state=StudyState.RECEIVING)
    if link == WITHOUT_AN_EXAM:
        return Q(match__isnull=True) | ~Q(match__state=MatchState.LINKED)
    return Q(match__state=link)


def _typed(text: str) -> Q:
    """Return the studies of whoever or whatever was typed.

    Each way is looked up by its own index; an OR of them would walk through all studies.
    """
    folded = search_form(text.replace("*", " ").replace("?", " "))
    ways: list[QuerySet[Any, Any]] = [
        Study.objects.filter(patient__in=_identified(text)),
        Study.objects.filter(patient_id_received=text),
        Study.objects.filter(accession_number=text),
        Study.objects.filter(study_instance_uid=text),
    ]
    if folded:
        named = Patient.objects.filter(like("name_search", f"{folded}*"))
        ways += [
            Study.objects.filter(patient__in=named.values("pk")),
            Study.objects.filter(like("name_search_received", f"{folded}*")),
            Study.objects.filter(
                patient__in=Patient.objects.filter(survivor__in=named.values("pk")).values("pk")
            ),
        ]
    keys = [way.values("pk") for way in ways]
    return Q(pk__in=keys[0].union(*keys[1:], all=True))


def _identified(value: str) -> QuerySet[Any, Any]:
    return PatientIdentifier.objects.filter(value=value).values("patient")
