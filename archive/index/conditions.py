"""What the keys of a query ask of the rows of one level."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from archive.dicom.matching import DateRange, Empty, TimeRange, Universal
from archive.index.columns import MOST_LOOKED_UP, asks
from archive.index.keys import (
    MATCHING_KEYS,
    MODALITIES_IN_STUDY,
    PROCEDURE_CODES,
    REQUESTS,
    SOP_CLASSES_IN_STUDY,
    STUDY_DATE,
    STUDY_TIME,
    Key,
    Level,
    Match,
    Path,
)
from archive.store.models import Instance, ProcedureCode, RequestAttributes, Series
from archive.store.queries import present, shown

Matches = Mapping[Path, Match]
_MOMENT: Final[tuple[Path, Path]] = ((STUDY_DATE,), (STUDY_TIME,))


def level_condition(level: Level, matches: Matches, *, prefix: str, one_interval: bool) -> Q:
    """Return what the keys of `level` ask of the row at `prefix`; patients are not asked here.

    `one_interval` takes study date and time together (PS3.18 8.3.4.1.1).
    """
    left = {
        path: match
        for path, match in matches.items()
        if MATCHING_KEYS[path].level == level and not isinstance(match, Universal)
    }
    wanted = Q()
    if one_interval and (moment := moment_condition(left, prefix)):
        wanted &= moment
        left = {path: match for path, match in left.items() if path not in _MOMENT}
    inside: dict[int, dict[Key, Match]] = defaultdict(dict)
    for path, match in left.items():
        key = MATCHING_KEYS[path]
        if path[0] in {PROCEDURE_CODES, REQUESTS}:
            inside[path[0]][key] = match
        else:
            wanted &= _condition(key, match, prefix)
    for sequence, asked in inside.items():
        wanted &= _in_an_item(sequence, asked, prefix)
    return wanted


def moment_condition(matches: Matches, prefix: str) -> Q:
    """Return study date and time taken as one interval; empty where not both are asked for."""
    days, times = (matches.get(path) for path in _MOMENT)
    if not isinstance(days, DateRange) or not isinstance(times, TimeRange):
        return Q()
    day, instant = f"{prefix}study_date", f"{prefix}study_time"
    wanted = Q()
    if days.first is not None:
        from_instant = Q() if times.first is None else Q(**{f"{instant}__gte": times.first})
        first_day = Q(**{day: days.first}) & from_instant
        # said twice, because only the plain bound leads into the index
        wanted &= Q(**{f"{day}__gte": days.first}) & (Q(**{f"{day}__gt": days.first}) | first_day)
    if days.last is not None:
        to_instant = Q() if times.last is None else Q(**{f"{instant}__lte": times.last})
        last_day = Q(**{day: days.last}) & to_instant
        wanted &= Q(**{f"{day}__lte": days.last}) & (Q(**{f"{day}__lt": days.last}) | last_day)
    return wanted


def _condition(key: Key, match: Match, prefix: str) -> Q:
    """Return what one attribute asks; what a study has below it is looked up study by study."""
    if key.tag == MODALITIES_IN_STUDY:
        series = Series.objects.filter(present())
        return _has(series, "modality", key, match, prefix=prefix, is_indexed=True)
    if key.tag == SOP_CLASSES_IN_STUDY:
        instances = Instance.objects.filter(shown())
        return _has(instances, "sop_class_uid", key, match, prefix=prefix, is_indexed=False)
    return asks(f"{prefix}{key.column}", match, vr=key.vr)


def having(rows: QuerySet[Any], *, parent: str, prefix: str, is_indexed: bool) -> Q:
    """Return the condition that the row at `prefix` has one of `rows` below it.

    Where an index leads to them and they are few, whose they are is looked up at once. Else each
    row is looked at until the page is full, which is soon where there are many.
    """
    if is_indexed:
        found = set(rows.values_list(parent, flat=True)[: MOST_LOOKED_UP + 1])
        if len(found) <= MOST_LOOKED_UP:
            return Q(**{f"{prefix}pk__in": found})
    return Q(Exists(rows.filter(**{parent: OuterRef(f"{prefix}pk")})))


def _has(
    rows: QuerySet[Any], column: str, key: Key, match: Match, *, prefix: str, is_indexed: bool
) -> Q:
    if isinstance(match, Empty):
        some = rows.exclude(**{column: ""})
        return ~having(some, parent="study", prefix=prefix, is_indexed=False)
    some = rows.filter(asks(column, match, vr=key.vr))
    return having(some, parent="study", prefix=prefix, is_indexed=is_indexed)


def _in_an_item(sequence: int, asked: Mapping[Key, Match], prefix: str) -> Q:
    """Return the condition that one item of the sequence fulfils all that is asked of it."""
    items: QuerySet[Any] = RequestAttributes.objects.all()
    parent = "series"
    if sequence == PROCEDURE_CODES:
        items, parent = ProcedureCode.objects.all(), "study"
    if all(isinstance(match, Empty) for match in asked.values()):
        return ~Q(Exists(items.filter(**{parent: OuterRef(f"{prefix}pk")})))
    for key, match in asked.items():
        items = items.filter(asks(key.column, match, vr=key.vr))
    return Q(**{f"{prefix}pk__in": items.values(parent)})
