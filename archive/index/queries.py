"""Matches in, rows out, paged: the one engine behind QIDO-RS and C-FIND."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from archive.dicom.matching import Universal, Wildcard
from archive.index import people
from archive.index.conditions import having, level_condition
from archive.index.counts import Counts, counts_of
from archive.index.identities import prepare_identities
from archive.index.keys import (
    MATCHING_KEYS,
    MODALITY,
    REQUESTS,
    SERIES_INSTANCE_UID,
    SOP_INSTANCE_UID,
    STUDY_INSTANCE_UID,
    Level,
    Match,
    Path,
)
from archive.patients.models import Patient
from archive.store.models import Instance, Series, Study
from archive.store.queries import present, shown
from pacs_hub.access.permissions import Principal

Found = Patient | Study | Series | Instance
MOST_COUNTED: Final = 10_000
"""How many rows behind a page are counted; beyond that there are at least as many."""
COUNTED_OF_WIDE: Final = 1_000
"""As many where a pattern begins with a wildcard: there each of them has to be looked for."""
PAGE: Final = 200
MOST_NEAR: Final = 10_000
_UIDS: Final = frozenset({(STUDY_INSTANCE_UID,), (SERIES_INSTANCE_UID,), (SOP_INSTANCE_UID,)})
_INDEXED: Final = frozenset({SERIES_INSTANCE_UID, SOP_INSTANCE_UID, REQUESTS})
# Where a row of one level finds the row of a level above it.
_PREFIX: Final[dict[tuple[Level, Level], str]] = {
    (Level.STUDY, Level.STUDY): "",
    (Level.SERIES, Level.STUDY): "study__",
    (Level.SERIES, Level.SERIES): "",
    (Level.INSTANCE, Level.STUDY): "study__",
    (Level.INSTANCE, Level.SERIES): "series__",
    (Level.INSTANCE, Level.INSTANCE): "",
}


@dataclass(frozen=True, kw_only=True)
class Search:
    """What to look for: matches by attribute, at one level, as `principal` may see it (None: all).

    `one_interval` takes study date and time together, as QIDO-RS has it; `fuzzy` also finds names
    that sound alike.
    """

    level: Level
    matches: Mapping[Path, Match]
    principal: Principal | None
    one_interval: bool = False
    fuzzy: bool = False


@dataclass(frozen=True, kw_only=True)
class Row:
    """One answer: the row of its level and those above it; no study at the patient level."""

    patient: Patient
    study: Study | None = None
    counts: Counts | None = None
    series: Series | None = None
    instance: Instance | None = None

    @property
    def instances_in_series(self) -> int:
        """Return the number of instances of the row's series, right also while it grows."""
        if self.series is None or self.counts is None:
            return 0
        return self.counts.instances_by_series.get(self.series.pk, self.series.number_of_instances)


@dataclass(frozen=True, kw_only=True)
class Page:
    """The rows asked for, and how many more there are behind them: so many at least, or exactly."""

    rows: list[Row]
    remaining: int
    is_exact: bool = True


def find(search: Search, *, limit: int, offset: int = 0) -> Page:
    """Return rows `offset` to `offset + limit` in an order that stays the same."""
    matching = _matching(search)
    near = _near(search, matching, offset + limit + 1)
    window = list(_ordered(_joined(near), search.level)[offset : offset + limit + 1])
    remaining, most = 0, COUNTED_OF_WIDE if _is_wide(search) else MOST_COUNTED
    if len(window) > limit:
        behind = offset + limit
        counted = matching.order_by().values("pk")[: behind + most].count()
        remaining = counted - behind
    return Page(rows=_rows(window[:limit]), remaining=remaining, is_exact=remaining < most)


def stream(search: Search, *, most: int) -> Iterator[Row]:
    """Yield the rows, `most` at most; which they are is settled with the first.

    They are read page by page; mostly one page is all there is.
    """
    matching = _matching(search)
    ordered = _ordered(_near(search, matching, most), search.level)
    page = list(_joined(ordered)[: min(most, PAGE + 1)])
    if len(page) <= PAGE:
        yield from _rows(page)
        return
    keys = list(ordered.values_list("pk", flat=True)[:most])
    for start in range(0, len(keys), PAGE):
        wanted = keys[start : start + PAGE]
        found = {row.pk: row for row in _joined(matching.model.objects.filter(pk__in=wanted))}
        yield from _rows([found[pk] for pk in wanted if pk in found])


def visible(*, principal: Principal | None, prefix: str = "") -> Q:
    """Return the condition that leaves a referrer only the studies they ordered."""
    if principal is None or not principal.sees_only_own:
        return Q()
    if not principal.provider_id:
        return Q(pk__in=[])
    return Q(**{f"{prefix}referrer_id": principal.provider_id})


def _is_wide(search: Search) -> bool:
    return any(
        isinstance(match, Wildcard) and match.pattern[0] in "*?"
        for match in search.matches.values()
    )


def _matching(search: Search) -> QuerySet[Any]:
    """Return the rows of the search, only what is in use and may be seen."""
    if search.level == Level.PATIENT:
        return _patients(search)
    prefix = _PREFIX[search.level, Level.STUDY]
    wanted = visible(principal=search.principal, prefix=prefix) & _of_study(search, prefix)
    for level in range(Level.SERIES, search.level + 1):
        wanted &= level_condition(
            Level(level),
            search.matches,
            prefix=_PREFIX[search.level, Level(level)],
            one_interval=False,
        )
    if search.level == Level.INSTANCE:
        return Instance.objects.filter(shown(), wanted)
    wanted &= _below(search)
    rows: QuerySet[Any] = Study.objects.all()
    if search.level == Level.SERIES:
        rows = Series.objects.all()
    return rows.filter(present(), wanted)


def _near(search: Search, matching: QuerySet[Any], end: int) -> QuerySet[Any]:
    """Leave the rows of the first `end` studies, among which the first `end` rows are.

    Without it SQLite would take series or instances first, and sort them all.
    """
    if search.level <= Level.STUDY or end > MOST_NEAR or not _UIDS.isdisjoint(search.matches):
        return matching
    studies = _ordered(_matching(replace(search, level=Level.STUDY)), Level.STUDY)
    return matching.filter(study__in=list(studies.values_list("pk", flat=True)[:end]))


def _of_study(search: Search, prefix: str) -> Q:
    """Return what the keys of patient and study ask of the study at `prefix`."""
    return people.studies(search.matches, fuzzy=search.fuzzy, prefix=prefix) & level_condition(
        Level.STUDY, search.matches, prefix=prefix, one_interval=search.one_interval
    )


def _below(search: Search) -> Q:
    """Return the condition that a row has what the keys of lower levels ask for, if any does."""
    lowest = max((MATCHING_KEYS[path].level for path in search.matches), default=search.level)
    if lowest <= search.level:
        return Q()
    rows: QuerySet[Any] = Series.objects.filter(present())
    if lowest == Level.INSTANCE:
        rows = Instance.objects.filter(shown())
    wanted = Q()
    for level in range(search.level + 1, lowest + 1):
        wanted &= level_condition(
            Level(level), search.matches, prefix=_PREFIX[lowest, Level(level)], one_interval=False
        )
    if not wanted:
        return Q()
    asked = {path[0] for path, match in search.matches.items() if not isinstance(match, Universal)}
    by_index = _INDEXED if lowest == Level.INSTANCE else {*_INDEXED, MODALITY}
    return having(
        rows.filter(wanted),
        parent="study" if search.level == Level.STUDY else "series",
        prefix="",
        is_indexed=not by_index.isdisjoint(asked),
    )


def _patients(search: Search) -> QuerySet[Any]:
    """Return the persons who have such a study, each once: those merged away are their survivor."""
    inner = Search(
        level=Level.STUDY,
        matches={p: m for p, m in search.matches.items() if MATCHING_KEYS[p].level > Level.PATIENT},
        principal=search.principal,
        one_interval=search.one_interval,
    )
    studies = _matching(inner)
    wanted = people.persons(search.matches, fuzzy=search.fuzzy)
    if any(MATCHING_KEYS[path].level > Level.PATIENT for path in inner.matches):
        owners = studies.values(owner=Coalesce("patient__survivor_id", "patient_id"))
        return Patient.objects.filter(wanted, pk__in=owners)
    own = studies.filter(patient=OuterRef("pk"))
    merged = studies.filter(patient__survivor=OuterRef("pk"))
    return Patient.objects.filter(wanted).filter(Exists(own) | Exists(merged))


def _joined(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Let series and instances come with those above them; patients are read apart.

    With a join to the patient SQLite may take the patients first and sort all their studies.
    """
    if rows.model is Series:
        return rows.select_related("study").defer("metadata")
    if rows.model is Instance:
        return rows.select_related("series", "study").defer("series__metadata")
    return rows


def _ordered(rows: QuerySet[Any], level: Level) -> QuerySet[Any]:
    if level == Level.PATIENT:
        return rows.order_by("-pk")
    prefix = _PREFIX[level, Level.STUDY]
    order: list[Any] = [
        F(f"{prefix}study_date").desc(nulls_last=True),
        F(f"{prefix}study_time").desc(nulls_last=True),
        f"{prefix}study_instance_uid",
    ]
    if level >= Level.SERIES:
        series = _PREFIX[level, Level.SERIES]
        order += [F(f"{series}series_number").asc(nulls_last=True), f"{series}series_instance_uid"]
    if level == Level.INSTANCE:
        order += [F("instance_number").asc(nulls_last=True), "sop_instance_uid"]
    return rows.order_by(*order)


def _rows(found: list[Found]) -> list[Row]:
    studies: dict[int, Study] = {}
    for row in found:
        if isinstance(row, Series | Instance):
            row.study = studies.setdefault(row.study_id, row.study)
        elif isinstance(row, Study):
            studies[row.pk] = row
    _read_patients(studies.values())
    counts = counts_of(studies.values())
    prepare_identities(
        studies=list(studies.values()), patients=[row for row in found if isinstance(row, Patient)]
    )
    return [_row(row, counts) for row in found]


def _read_patients(studies: Collection[Study]) -> None:
    wanted = {study.patient_id for study in studies}
    patients = Patient.objects.select_related("survivor").in_bulk(wanted) if wanted else {}
    for study in studies:
        study.patient = patients[study.patient_id]


def _row(row: Found, counts: Mapping[int, Counts]) -> Row:
    if isinstance(row, Patient):
        return Row(patient=row)
    study = row if isinstance(row, Study) else row.study
    instance = row if isinstance(row, Instance) else None
    series = row if isinstance(row, Series) else instance.series if instance else None
    return Row(
        patient=study.patient.survivor or study.patient,
        study=study,
        counts=counts[study.pk],
        series=series,
        instance=instance,
    )
