"""The two statements the ingest path costs: is it stored, and put it into its growing series.

Both are compiled once from the models. Every thousandth of a second here is one on each object.
"""

from __future__ import annotations

import functools
from typing import Any, Final

from django.db import connection

from archive.store.models import Instance, Series, Study, StudyState
from archive.store.services import _together as together
from archive.store.wanted import PatientKey

_PARENTS: Final = ("study", "series")
_SAME_PATIENT: Final = (
    " AND st.patient_id_received = ? AND st.issuer_received = ?"
    " AND st.birth_date_received {same} ? AND st.sex_received = ?"
)


def stored_digest(sop_instance_uid: str) -> str | None:
    """Return the SHA-256 of the stored instance of that UID, if there is one."""
    row = _run(_digest_sql(), [sop_instance_uid]).fetchone()
    return None if row is None else str(row[0])


def add_to_growing_series(
    row: dict[str, Any],
    *,
    study_instance_uid: str,
    series_instance_uid: str,
    patient: PatientKey | None = None,
) -> bool:
    """Insert the row into its series; False, and nothing done, where more is to be done.

    That is: the series is new, its study has settled, it has cached metadata to drop, or its study
    is of a patient other than `patient`. The one statement looks and inserts, so nobody can settle
    the study in between.

    Raises:
        IntegrityError: an instance with this UID is stored.
    """
    values = [row.get(name, default) for name, default in _own_fields().items()]
    for name, (place, field) in _adapted().items():
        if name in row:
            values[place] = field.get_db_prep_save(row[name], connection)
    values[_place_of_moment()] = connection.ops.adapt_datetimefield_value(row["received_at"])
    values += [series_instance_uid, study_instance_uid, StudyState.RECEIVING.value]
    if patient is not None:
        values += patient
    statement = _insert_sql(connection.vendor, of_patient=patient is not None)
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        return bool(together.execute(statement, values) == 1)
    return bool(_run(statement, values).rowcount == 1)


def _run(statement: str, parameters: list[Any]) -> Any:
    """Execute a statement and return its cursor, past Django's where that costs as much again."""
    if connection.vendor != "sqlite" or connection.queries_logged:
        cursor = connection.cursor()
        cursor.execute(statement.replace("?", "%s"), parameters)
        return cursor
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return connection.connection.execute(statement, parameters)


@functools.cache
def _own_fields() -> dict[str, Any]:
    """Return the columns of an instance that do not come from its series, and their defaults."""
    fields = Instance._meta.local_concrete_fields
    own = [f for f in fields if not f.primary_key and f.name not in _PARENTS]
    return {f.attname: f.get_db_prep_save(f.get_default(), connection) for f in own}


@functools.cache
def _place_of_moment() -> int:
    return list(_own_fields()).index("received_at")


@functools.cache
def _adapted() -> dict[str, tuple[int, Any]]:
    """Return place and field of the columns that few objects have and drivers do not take as is."""
    places = {name: place for place, name in enumerate(_own_fields())}
    names = ("content_date", "content_time", "concept_name")
    return {name: (places[name], Instance._meta.get_field(name)) for name in names}


@functools.cache
def _digest_sql() -> str:
    table = Instance._meta.db_table
    return f"SELECT sha256 FROM {table} WHERE sop_instance_uid = ?"  # noqa: S608 - our own name


@functools.cache
def _insert_sql(vendor: str, *, of_patient: bool) -> str:
    instance, series, study = (m._meta.db_table for m in (Instance, Series, Study))
    columns = [str(Instance._meta.get_field(name).column) for name in _own_fields()]  # type: ignore[union-attr]
    # Where rows are locked one by one, wait for whoever is settling this study, and look again.
    lock = "" if vendor == "sqlite" else " FOR SHARE OF st"
    same = "IS" if vendor == "sqlite" else "IS NOT DISTINCT FROM"
    patient = _SAME_PATIENT.format(same=same) if of_patient else ""
    return (
        f"INSERT INTO {instance} ({', '.join(columns)}, study_id, series_id)"  # noqa: S608 - our own names
        f" SELECT {', '.join('?' * len(columns))}, st.id, se.id"
        f" FROM {series} se JOIN {study} st ON st.id = se.study_id"
        " WHERE se.series_instance_uid = ? AND st.study_instance_uid = ?"
        f" AND st.state = ? AND se.metadata IS NULL{patient}{lock}"
    )
