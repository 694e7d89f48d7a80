"""The two statements the ingest path costs: is it stored, and put it into its growing series.

Both are compiled once from the models. Every thousandth of a second here is one on each object.
"""

from __future__ import annotations

import functools
from typing import Any, Final

from django.db import connection

from archive.store.models import Instance, Series, Study, StudyState

_PARENTS: Final = ("study", "series")


def stored_digest(sop_instance_uid: str) -> str | None:
    """Return the SHA-256 of the stored instance of that UID, if there is one."""
    with connection.cursor() as cursor:
        cursor.execute(_digest_sql(), [sop_instance_uid])
        row = cursor.fetchone()
    return None if row is None else str(row[0])


def add_to_growing_series(
    row: Instance, *, study_instance_uid: str, series_instance_uid: str
) -> bool:
    """Insert the row into its series; False, and nothing done, where more is to be done.

    That is: the series is new, its study has settled, or it has cached metadata to drop. The one
    statement looks and inserts, so nobody can settle the study in between.

    Raises:
        IntegrityError: an instance with this UID is stored.
    """
    values = [
        field.get_db_prep_save(getattr(row, field.attname), connection) for field in _own_fields()
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _insert_sql(connection.vendor),
            [*values, series_instance_uid, study_instance_uid, StudyState.RECEIVING.value],
        )
        return bool(cursor.rowcount == 1)


@functools.cache
def _own_fields() -> tuple[Any, ...]:
    """Return the columns of an instance that do not come from its series."""
    fields = Instance._meta.local_concrete_fields
    return tuple(f for f in fields if not f.primary_key and f.name not in _PARENTS)


@functools.cache
def _digest_sql() -> str:
    table = Instance._meta.db_table
    return f"SELECT sha256 FROM {table} WHERE sop_instance_uid = %s"  # noqa: S608 - our own name


@functools.cache
def _insert_sql(vendor: str) -> str:
    instance, series, study = (m._meta.db_table for m in (Instance, Series, Study))
    columns = [field.column for field in _own_fields()]
    # Where rows are locked one by one, wait for whoever is settling this study, and look again.
    lock = "" if vendor == "sqlite" else " FOR SHARE OF st"
    return (
        f"INSERT INTO {instance} ({', '.join(columns)}, study_id, series_id)"  # noqa: S608 - our own names
        f" SELECT {', '.join(['%s'] * len(columns))}, st.id, se.id"
        f" FROM {series} se JOIN {study} st ON st.id = se.study_id"
        " WHERE se.series_instance_uid = %s AND st.study_instance_uid = %s"
        f" AND st.state = %s AND se.metadata IS NULL{lock}"
    )
