"""Matches in, rows out, paged: the one engine behind QIDO-RS and C-FIND."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Count, F, Model, Q, QuerySet

from archive.dicom.matching import DateRange, TimeRange
from archive.index.conditions import condition, moment_condition
from archive.index.keys import MATCHING_KEYS, STUDY_DATE, STUDY_TIME, Level, Match
from archive.store.models import Instance, Series, Study, StudyState
from pacs_hub.access.permissions import Principal

# Where a row of one level finds the row of a level above it.
_PREFIX: Final[dict[tuple[Level, Level], str]] = {
    (Level.STUDY, Level.STUDY): "",
    (Level.SERIES, Level.STUDY): "study__",
    (Level.SERIES, Level.SERIES): "",
    (Level.INSTANCE, Level.STUDY): "study__",
    (Level.INSTANCE, Level.SERIES): "series__",
    (Level.INSTANCE, Level.INSTANCE): "",
}
_PERSON: Final = ("patient", "patient__survivor")


@dataclass(frozen=True, kw_only=True)
class Search:
    """What to look for: values by tag, at one level, as `principal` may see it (None: all)."""

    level: Level
    matches: Mapping[int, Match]
    principal: Principal | None
    one_interval: bool = False  # study date and time together, as QIDO-RS has it


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How much a study holds at this moment."""

    series: int
    instances: int
    modalities: tuple[str, ...]
    instances_by_series: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One answer: the row of its level and those above it."""

    study: Study
    counts: Counts
    series: Series | None = None
    instance: Instance | None = None

    @property
    def instances_in_series(self) -> int:
        """Return the number of instances of the row's series, right also while it grows."""
        if self.series is None:
            return 0
        return self.counts.instances_by_series.get(self.series.pk, self.series.number_of_instances)


@dataclass(frozen=True, kw_only=True)
class Page:
    """The rows asked for, and how many more there are behind them."""

    rows: list[Row]
    remaining: int


def find(search: Search, *, limit: int, offset: int = 0) -> Page:
    """Return rows `offset` to `offset + limit` in an order that stays the same."""
    found = _ordered(_matching(search), search.level)
    window = list(found[offset : offset + limit + 1])
    remaining = found.count() - offset - limit if len(window) > limit else 0
    return Page(rows=_rows(window[:limit]), remaining=remaining)


def visible(*, principal: Principal | None, prefix: str = "") -> Q:
    """Return the condition that leaves a referrer only the studies they ordered."""
    if principal is None or not principal.sees_only_own:
        return Q()
    if not principal.provider_id:
        return Q(pk__in=[])
    return Q(**{f"{prefix}referrer_id": principal.provider_id})


def counts_of(studies: Iterable[Study]) -> dict[int, Counts]:
    """Return what each study holds: counted where objects still come in, else as kept."""
    rows = {study.pk: study for study in studies}
    growing = [pk for pk, study in rows.items() if study.state == StudyState.RECEIVING]
    counts = {pk: _kept_counts(study) for pk, study in rows.items()}
    if growing:
        counts.update(_counted(growing))
    return counts


def _matching(search: Search) -> QuerySet[Any]:
    study_prefix = _PREFIX[search.level, Level.STUDY]
    wanted = visible(principal=search.principal, prefix=study_prefix)
    taken_together: set[int] = set()
    if search.one_interval:
        moment = moment_condition(search.matches, study_prefix)
        if moment:
            wanted &= moment
            taken_together = {STUDY_DATE, STUDY_TIME}
    below: dict[Level, Q] = {}
    for tag, match in search.matches.items():
        if tag in taken_together and isinstance(match, DateRange | TimeRange):
            continue
        key = MATCHING_KEYS[tag]
        if key.level > search.level:
            below[key.level] = below.get(key.level, Q()) & condition(key, match, "")
        else:
            wanted &= condition(key, match, _PREFIX[search.level, key.level])
    for level, inner in below.items():
        if inner:
            wanted &= _has_below(search.level, level, inner)
    return _table(search.level).filter(wanted)


def _has_below(level: Level, below: Level, inner: Q) -> Q:
    """Return the condition that something at a lower level fulfils `inner`."""
    rows: QuerySet[Any] = Series.objects if below == Level.SERIES else Instance.objects  # type: ignore[assignment]
    parent = "study" if level == Level.STUDY else "series"
    return Q(pk__in=rows.filter(inner).values(parent))


def _table(level: Level) -> QuerySet[Any]:
    if level == Level.STUDY:
        return Study.objects.select_related(*_PERSON)
    person = [f"study__{name}" for name in _PERSON]
    if level == Level.SERIES:
        return Series.objects.select_related("study", *person).defer("metadata")
    return Instance.objects.select_related("series", "study", *person).defer("series__metadata")


def _ordered(rows: QuerySet[Any], level: Level) -> QuerySet[Any]:
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


def _rows(found: list[Model]) -> list[Row]:
    studies = {row.pk: row for row in (_study_of(row) for row in found)}
    counts = counts_of(studies.values())
    rows = []
    for row in found:
        study = _study_of(row)
        instance = row if isinstance(row, Instance) else None
        series = row if isinstance(row, Series) else instance.series if instance else None
        rows.append(Row(study=study, counts=counts[study.pk], series=series, instance=instance))
    return rows


def _study_of(row: Model) -> Study:
    if isinstance(row, Study):
        return row
    if isinstance(row, Series | Instance):
        return row.study
    raise TypeError(type(row).__name__)


def _kept_counts(study: Study) -> Counts:
    return Counts(
        series=study.number_of_series,
        instances=study.number_of_instances,
        modalities=tuple(name for name in study.modalities.split("\\") if name),
    )


def _counted(studies: list[int]) -> dict[int, Counts]:
    by_study: dict[int, dict[int, int]] = defaultdict(dict)
    modalities: dict[int, set[str]] = defaultdict(set)
    grouped = (
        Instance.objects.filter(study__in=studies)
        .values_list("study", "series", "series__modality")
        .annotate(n=Count("pk"))
    )
    for study, series, modality, n in grouped:
        by_study[study][series] = n
        if modality:
            modalities[study].add(modality)
    return {
        study: Counts(
            series=len(by_study[study]),
            instances=sum(by_study[study].values()),
            modalities=tuple(sorted(modalities[study])),
            instances_by_series=by_study[study],
        )
        for study in studies
    }
