"""What a query key asks for, as a condition on rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import F, Lookup, Q

from archive.dicom.matching import (
    AnyOf,
    DateRange,
    Single,
    TimeRange,
    Universal,
    Wildcard,
)
from archive.index.keys import (
    MATCHING_KEYS,
    MODALITIES_IN_STUDY,
    PATIENT_ID,
    PATIENT_NAME,
    STUDY_DATE,
    STUDY_TIME,
    Key,
    Match,
)
from archive.patients.models import PatientIdentifier
from archive.patients.rules import search_form
from archive.store.models import Series


class Like(Lookup):
    """A DICOM wildcard: case matters, `*` and `?` as PS3.4 C.2.2.2.4 means them.

    SQLite's GLOB has the very same signs, PostgreSQL's LIKE other ones.
    """

    lookup_name = "dicom_wildcard"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        """Write the comparison in the dialect of the connection."""
        left, parameters = self.process_lhs(compiler, connection)
        pattern = str(self.rhs)
        if connection.vendor == "sqlite":
            return f"{left} GLOB %s", (*parameters, pattern.replace("[", "[[]"))
        for sign in ("\\", "%", "_"):
            pattern = pattern.replace(sign, f"\\{sign}")
        pattern = pattern.replace("*", "%").replace("?", "_")
        return f"{left} LIKE %s ESCAPE '\\'", (*parameters, pattern)


NOTHING: Final = Q(pk__in=[])


def condition(key: Key, match: Match, prefix: str) -> Q:
    """Return the condition `match` puts on `key`, whose row is at `prefix` from the query's."""
    if isinstance(match, Universal):
        return Q()
    if key.tag == MODALITIES_IN_STUDY:
        series = Series.objects.filter(_plain("modality", match)).values("study")
        return Q(**{f"{prefix}pk__in": series})
    if key.tag == PATIENT_NAME:
        return _named(f"{prefix}patient__", match)
    if key.tag == PATIENT_ID:
        patients = PatientIdentifier.objects.filter(_plain("value", match)).values("patient")
        return _plain(f"{prefix}{key.column}", match) | Q(**{f"{prefix}patient__in": patients})
    return _plain(f"{prefix}{key.column}", match)


def moment_condition(matches: Mapping[int, Match], prefix: str) -> Q:
    """Return study date and time taken as one interval (PS3.18 8.3.4.1.1).

    Empty where not both are asked for.
    """
    days, times = matches.get(STUDY_DATE), matches.get(STUDY_TIME)
    if not isinstance(days, DateRange) or not isinstance(times, TimeRange):
        return Q()
    day, instant = f"{prefix}study_date", f"{prefix}study_time"
    wanted = Q()
    if days.first is not None:
        from_instant = Q() if times.first is None else Q(**{f"{instant}__gte": times.first})
        first_day = Q(**{day: days.first}) & from_instant
        wanted &= Q(**{f"{day}__gt": days.first}) | first_day
    if days.last is not None:
        to_instant = Q() if times.last is None else Q(**{f"{instant}__lte": times.last})
        wanted &= Q(**{f"{day}__lt": days.last}) | (Q(**{day: days.last}) & to_instant)
    return wanted


def is_known(tag: int) -> bool:
    """Say whether one can match on this attribute."""
    return tag in MATCHING_KEYS


def _plain(column: str, match: Match) -> Q:
    if isinstance(match, AnyOf):
        return Q(**{f"{column}__in": match.values})
    if isinstance(match, Single):
        return Q(**{column: match.value})
    if isinstance(match, Wildcard):
        return Q(Like(F(column), match.pattern))
    if isinstance(match, DateRange | TimeRange):
        ends = {f"{column}__gte": match.first, f"{column}__lte": match.last}
        return Q(**{name: end for name, end in ends.items() if end is not None})
    return Q()


def _named(patient: str, match: Match) -> Q:
    """Compare names without case, accents and empty components (PS3.4 C.2.2.2.1.1)."""
    folded = f"{patient}name_search"
    if isinstance(match, AnyOf):
        return Q(**{f"{folded}__in": [search_form(value) for value in match.values]})
    if isinstance(match, Wildcard):
        pattern = search_form(match.pattern)
        like = Q(Like(F(folded), pattern))
        # "DOE^*" is also met by a person without a given name
        return like | Q(**{folded: pattern[:-2]}) if pattern.endswith(" *") else like
    if isinstance(match, Single):
        name = search_form(match.value)
        several_groups = Q(**{f"{folded}__startswith": f"{name} ", f"{patient}name__contains": "="})
        return Q(**{folded: name}) | several_groups
    return Q()
