"""What a match asks of one column, so that the column's index can answer it."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any, Final

from django.db.models import F, Lookup, Q
from django.db.models.fields.json import KeyTextTransform

from archive.dicom.matching import AnyOf, DateRange, Empty, Single, TimeRange, Wildcard
from archive.index.keys import Match, Several

MOST_LOOKED_UP: Final = 5_000
"""Rows whose ids go into a statement; where there are more, a page is soon full anyway."""
NOTHING: Final = Q(pk__in=[])
_WITHOUT_TEXT: Final = frozenset({"DA", "TM", "IS", "UL", "US"})


class Like(Lookup):
    """A DICOM wildcard: case matters, `*` and `?` as PS3.4 C.2.2.2.4 means them.

    SQLite's GLOB has the very same signs, PostgreSQL's LIKE other ones. Both look a pattern that
    begins with letters up in an index (on PostgreSQL one with the class text_pattern_ops).
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
        return f"{left} LIKE %s", (*parameters, pattern)


def like(column: str, pattern: str) -> Q:
    """Return the condition that a column, or a place in a list, has a value of this pattern."""
    name, _, place = column.rpartition("__")
    value = KeyTextTransform(place, name) if place.isdigit() else F(column)
    return Q(Like(value, pattern))


def either(conditions: list[Q]) -> Q:
    """Return the condition that one of them holds; none of them never does."""
    return reduce(or_, conditions) if conditions else NOTHING


def asks(column: str, match: Match, *, vr: str) -> Q:
    """Return what a match asks of the column of an attribute of this VR."""
    if isinstance(match, Several):
        return either([asks(column, each, vr=vr) for each in match.matches])
    if isinstance(match, Empty):
        empty = Q(**{f"{column}__isnull": True})
        return empty if vr in _WITHOUT_TEXT else empty | Q(**{column: ""})
    if isinstance(match, AnyOf):
        if len(match.values) == 1:
            return Q(**{column: match.values[0]})
        return Q(**{f"{column}__in": match.values})
    if isinstance(match, Single):
        return Q(**{column: match.value})
    if isinstance(match, Wildcard):
        return like(column, match.pattern)
    if isinstance(match, DateRange | TimeRange):
        if match.first == match.last:
            return Q(**{column: match.first})
        ends = {f"{column}__gte": match.first, f"{column}__lte": match.last}
        return Q(**{name: end for name, end in ends.items() if end is not None})
    return Q()
