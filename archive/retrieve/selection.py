"""Which instances a C-MOVE or C-GET asks for, by unique keys at four levels (PS3.4 C.4.2.1.4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from django.db import connections
from django.db.models import F, Q

from archive.corrections.queries import share_studies
from archive.dicom.matching import Single
from archive.index.keys import PATIENT_ID, Level
from archive.index.queries import Search, find
from archive.store.models import Instance
from archive.store.queries import shown

AT_ONCE: Final = 500  # rows that are held, and names that go into one condition
_STUDIES_AT_ONCE: Final = 200
_WITH_WHOM: Final = ("series", "study__patient__survivor")


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The unique keys that were given; an empty one selects nothing away."""

    patient_id: str = ""
    studies: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    instances: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What was selected at that moment: row ids in order, and the kinds of object among them."""

    ids: tuple[int, ...]
    kinds: frozenset[tuple[str, str]]  # SOP class and stored transfer syntax


def choose(selection: Selection) -> Chosen:
    """Return what the selection means now, study by study; rejected instances are left out."""
    ids: dict[int, None] = {}
    kinds: set[tuple[str, str]] = set()
    for condition in _conditions(selection):
        rows = (
            Instance.objects.filter(condition, shown())
            .order_by(
                "study_id",
                F("series__series_number").asc(nulls_last=True),
                "series_id",
                F("instance_number").asc(nulls_last=True),
                "sop_instance_uid",
            )
            .values_list("pk", "sop_class_uid", "transfer_syntax_uid")
        )
        for pk, sop_class_uid, transfer_syntax_uid in rows.iterator(chunk_size=AT_ONCE):
            ids[pk] = None
            kinds.add((sop_class_uid, transfer_syntax_uid))
    return Chosen(ids=tuple(ids), kinds=frozenset(kinds))


def rows_of(ids: Sequence[int]) -> Iterator[tuple[int, Instance]]:
    """Yield place and row in this order, a page at a time; what is gone meanwhile is left out."""
    for start in range(0, len(ids), AT_ONCE):
        page = ids[start : start + AT_ONCE]
        found = Instance.objects.select_related(*_WITH_WHOM).defer("series__metadata")
        rows = found.filter(shown()).in_bulk(page)
        share_studies(rows.values())
        for place, pk in enumerate(page, start):
            if pk in rows:
                yield place, rows[pk]


def let_go() -> None:
    """Give the database connection back; whoever needs one again opens it.

    Connections are few, and a slow receiver would keep one for hours.
    """
    connections.close_all()


def names_of(ids: Sequence[int]) -> list[str]:
    """Return the SOP Instance UIDs of rows, in this order."""
    names: dict[int, str] = {}
    for start in range(0, len(ids), AT_ONCE):
        page = ids[start : start + AT_ONCE]
        names.update(Instance.objects.filter(pk__in=page).values_list("pk", "sop_instance_uid"))
    return [names[pk] for pk in ids if pk in names]


def _conditions(selection: Selection) -> Iterator[Q]:
    """Yield conditions that together select it, none with more than AT_ONCE names in it.

    Only the lowest key that is given may be a list; those above it are single values.
    """
    above = Q()
    parts: Iterator[Q] = iter((Q(),))
    if selection.patient_id:
        parts = _of_patient(selection.patient_id)
    for field, names in (
        ("study__study_instance_uid", selection.studies),
        ("series__series_instance_uid", selection.series),
        ("sop_instance_uid", selection.instances),
    ):
        if len(names) == 1:
            above &= Q(**{field: names[0]})
        elif names:
            parts = _each(parts, field, names)
    for part in parts:
        yield part & above


def _of_patient(patient_id: str) -> Iterator[Q]:
    """Yield the studies of a patient, who is found as a query finds him."""
    search = Search(level=Level.STUDY, matches={(PATIENT_ID,): Single(patient_id)}, principal=None)
    offset = 0
    while True:
        page = find(search, limit=_STUDIES_AT_ONCE, offset=offset)
        if page.rows:
            yield Q(study__in=[row.study.pk for row in page.rows if row.study is not None])
        if not page.remaining:
            return
        offset += _STUDIES_AT_ONCE


def _each(parts: Iterator[Q], field: str, names: Sequence[str]) -> Iterator[Q]:
    for part in parts:
        rest = iter(names)
        while piece := list(islice(rest, AT_ONCE)):
            yield part & Q(**{f"{field}__in": piece})
