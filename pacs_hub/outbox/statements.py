"""Rows inserted by a statement that is made once for each table.

For what is written with every message: the ORM makes the same text anew each time, which costs
more than the database needs to obey it. Columns, defaults and conversions are those of the model.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

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

M = TypeVar("M", bound=models.Model)
_FAR_OFF: Final = -(10**15)
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


def update(table: type[models.Model], pk: int, values: Mapping[str, Any]) -> bool:
    """Change columns of one row; false where there is no such row."""
    connection = transaction.get_connection()
    statement, preparations = _change(table, connection.vendor, tuple(values))
    parameters = [
        value if prepare is None else prepare(value, connection)
        for value, prepare in zip(values.values(), preparations, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*parameters, pk])
        return bool(cursor.rowcount)


@functools.lru_cache(maxsize=512)
def _change(
    table: type[models.Model], vendor: str, names: tuple[str, ...]
) -> tuple[str, tuple[Prepare | None, ...]]:
    options = table._meta
    by_attribute = {field.attname: field for field in options.concrete_fields}
    fields = [by_attribute[name] for name in names]
    columns = ", ".join(f'"{field.column}" = %s' for field in fields)
    key = options.pk
    assert key is not None
    statement = f'UPDATE "{options.db_table}" SET {columns} WHERE "{key.column}" = %s'  # noqa: S608
    return statement, tuple(_preparation(field, vendor) for field in fields)


class Select(Generic[M]):
    """A query for whole rows whose statement is made once.

    Its conditions stand for what is asked later: each value made by `given` or
    `given_id` is replaced by the value of that number.
    """

    def __init__(self, rows: models.QuerySet[M]) -> None:
        """Make the statement of `rows`, of its model with all columns and no related ones."""
        self._table = rows.model
        self._rows = rows
        self._known: dict[str, tuple[str, tuple[Any, ...], list[Any]]] = {}

    def fetch(self, *values: Any) -> list[M]:
        """Ask, and return the rows as the ORM does."""
        connection = transaction.get_connection()
        if connection.vendor not in self._known:
            self._known[connection.vendor] = self._made(connection)
        statement, parameters, converters = self._known[connection.vendor]
        asked = [p if (n := _number(p)) is None else values[n] for p in parameters]
        with connection.cursor() as cursor:
            cursor.execute(statement, asked)
            found = cursor.fetchall()
        table, alias = self._table, connection.alias
        names = [field.attname for field in table._meta.concrete_fields]
        rows: list[M] = []
        for row in found:
            columns = list(row)
            for place, convert, expression in converters:
                for step in convert:
                    columns[place] = step(columns[place], expression, connection)
            rows.append(table.from_db(alias, names, columns))
        return rows

    def _made(self, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...], list[Any]]:
        compiler = self._rows.query.get_compiler(connection=connection)
        statement, parameters = compiler.as_sql()
        converters = compiler.get_converters([column[0] for column in compiler.select])
        return statement, tuple(parameters), [(n, *pair) for n, pair in converters.items()]


def given(number: int) -> str:
    """Return what stands for the text number `number` (from 0) of a `Select`."""
    return f"\x00{number}"


def given_id(number: int) -> int:
    """Return what stands for a whole number."""
    return _FAR_OFF - number


def _number(parameter: Any) -> int | None:
    if isinstance(parameter, str) and parameter.startswith("\x00"):
        return int(parameter[1:])
    if isinstance(parameter, int) and parameter <= _FAR_OFF:
        return _FAR_OFF - parameter
    return None


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
