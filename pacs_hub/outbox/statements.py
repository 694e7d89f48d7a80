"""Rows inserted by a statement that is made once for each table.

For what is written with every message: the ORM makes the same text anew each time, which costs
more than the database needs to obey it. Columns, defaults and conversions are those of the model.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

AS_THEY_ARE: Final = (
    models.AutoField,
    models.BooleanField,
    models.CharField,
    models.IntegerField,
    models.TextField,
)
"""Columns whose Python values SQLite takes without conversion; the models hold no other types."""

Prepare = Callable[[Any, BaseDatabaseWrapper], Any]


@dataclass(frozen=True)
class _Plan:
    with_id: str
    without_id: str
    columns: tuple[tuple[str, Any, Callable[[], Any] | None, Prepare | None], ...]
    key: str


def insert(table: type[models.Model], values: Mapping[str, Any]) -> int:
    """Insert one row and return its id; what `values` leaves out has the default of its column.

    `values` go by column (`exam_id`, not `exam`). Nothing but the insert happens: it is for
    tables whose rows have no life before they are stored.
    """
    connection = transaction.get_connection()
    plan = _plan(table, connection.vendor)
    given = values.get(plan.key)
    parameters = _parameters(plan, values, connection)
    with connection.cursor() as cursor:
        if given is not None:
            cursor.execute(plan.with_id, [*parameters, given])
            return int(given)
        cursor.execute(plan.without_id, parameters)
        if connection.vendor == "sqlite":
            return int(cursor.lastrowid)
        return int(cursor.fetchone()[0])


def insert_all(table: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert several rows."""
    if not rows:
        return
    connection = transaction.get_connection()
    plan = _plan(table, connection.vendor)
    statement = plan.without_id.removesuffix(_returning(plan.key))
    with connection.cursor() as cursor:
        for values in rows:
            cursor.execute(statement, _parameters(plan, values, connection))


def _parameters(
    plan: _Plan, values: Mapping[str, Any], connection: BaseDatabaseWrapper
) -> list[Any]:
    parameters: list[Any] = []
    for name, default, factory, prepare in plan.columns:
        value = values[name] if name in values else factory() if factory else default
        parameters.append(value if prepare is None else prepare(value, connection))
    return parameters


@functools.cache
def _plan(table: type[models.Model], vendor: str) -> _Plan:
    options = table._meta
    columns, names = [], []
    for field in options.concrete_fields:
        if field.primary_key:
            continue
        names.append(f'"{field.column}"')
        made = callable(field.default)
        columns.append(
            (
                field.attname,
                None if made else field.get_default(),
                field.get_default if made else None,
                _preparation(field, vendor),
            )
        )
    key = options.pk
    assert key is not None
    assert key.column is not None
    marks = ", ".join(["%s"] * len(names))
    begin = f'INSERT INTO "{options.db_table}" ({", ".join(names)}'  # noqa: S608 - our own names
    returning = "" if vendor == "sqlite" else _returning(key.column)
    return _Plan(
        with_id=f'{begin}, "{key.column}") VALUES ({marks}, %s)',
        without_id=f"{begin}) VALUES ({marks}){returning}",
        columns=tuple(columns),
        key=key.column,
    )


def _returning(key: str) -> str:
    return f' RETURNING "{key}"'


def _preparation(field: models.Field[Any, Any], vendor: str) -> Prepare | None:
    if isinstance(field, models.ForeignKey):
        field = field.target_field
    if vendor == "sqlite" and isinstance(field, AS_THEY_ARE):
        return None
    if isinstance(field, models.DateTimeField):
        return lambda value, connection: connection.ops.adapt_datetimefield_value(value)
    return field.get_db_prep_save
