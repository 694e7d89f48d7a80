"""What the index already knows of an object: asked for each one, so compiled only once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from archive.store.models import Instance, Series, StudyState

Row = tuple[Any, ...] | None
_MARKS: Final = ("1.1", "1.2")


def stored_digest(sop_instance_uid: str) -> str | None:
    """Return the SHA-256 of the stored instance of that UID, if there is one."""
    row = _ask(_digests, sop_instance_uid)
    return None if row is None else str(row[0])


def known_series(*, study_instance_uid: str, series_instance_uid: str) -> tuple[int, int] | None:
    """Return the ids of the study's and the series' rows, if there are any."""
    row = _ask(_series, study_instance_uid, series_instance_uid)
    return None if row is None else (int(row[0]), int(row[1]))


def is_growing(series_id: int) -> bool:
    """Say whether the study still receives and the series has no cached metadata to drop."""
    row = _ask(_growing, series_id)
    return row is not None


def _digests(mark: str) -> QuerySet[Any, Any]:
    return Instance.objects.filter(sop_instance_uid=mark).values_list("sha256")


def _series(study: str, series: str) -> QuerySet[Any, Any]:
    rows = Series.objects.filter(study__study_instance_uid=study, series_instance_uid=series)
    return rows.values_list("study_id", "pk")


def _growing(series_id: int) -> QuerySet[Any, Any]:
    rows = Series.objects.filter(pk=series_id, metadata__isnull=True)
    return rows.filter(study__state=StudyState.RECEIVING).values_list("pk")


def _ask(question: Callable[..., QuerySet[Any, Any]], *values: str | int) -> Row:
    marks: tuple[Any, ...] = (-1,) if isinstance(values[0], int) else _MARKS[: len(values)]
    sql, parameters = _compiled(question, marks, connection.vendor)
    given = dict(zip(marks, values, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(sql, [given.get(parameter, parameter) for parameter in parameters])
        row: Row = cursor.fetchone()
    return row


@functools.cache
def _compiled(
    question: Callable[..., QuerySet[Any, Any]], marks: tuple[Any, ...], vendor: str
) -> tuple[str, Sequence[Any]]:
    """Return the SQL of a question with its marks where the values go."""
    del vendor  # part of the cache key only
    sql, parameters = question(*marks).query.sql_with_params()
    return sql, parameters
