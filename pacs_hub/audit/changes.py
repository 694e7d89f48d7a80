"""What was changed, from what to what, and what brought it: one row per field.

A table whose rows are worth explaining inherits `Remembering`, and is written with `save`.
"""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any, ClassVar, Final, Self

from django.db import DatabaseError, models, transaction

from pacs_hub.audit.models import FieldChange
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox import statements

CREATED: Final = "created"
DELETED: Final = "deleted"
LONGEST: Final = 300
TOUCHED: Final = "updated_at"


class Remembering(models.Model):
    """A row that knows the values it was loaded with.

    `unexplained` names columns that are kept up to date and never explained: secrets, what is
    only made from other columns, and clocks. `updated_at` moves when any other column does.
    """

    unexplained: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        abstract = True

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], **kwargs: Any
    ) -> Self:
        row = super().from_db(db, field_names, values, **kwargs)
        _remember(row)
        return row

    def refresh_from_db(
        self,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: Any = None,
    ) -> None:
        only = None if fields is None else list(fields)
        kept = dict(self.__dict__.get("_loaded", ()))
        super().refresh_from_db(using, only, from_queryset)
        _remember(self)
        if only is not None and kept:  # the others are still what they were
            asked = {c.attname for c in self._meta.concrete_fields if {c.name, c.attname} & {*only}}
            loaded = self.__dict__["_loaded"]
            loaded.update({name: kept[name] for name in kept if name not in asked})


def save(row: Remembering, *, origin: Origin) -> tuple[str, ...]:
    """Save the columns that changed and write down each change; returns their names.

    A row that is new is inserted, and gets one line: created. Where nothing changed, nothing is
    asked of the database.
    """
    if row._state.adding:
        with transaction.atomic(savepoint=False):
            _insert(row)
            statements.insert(FieldChange, _line(row, "", "", CREATED, origin))
        _remember(row)
        return tuple(column.name for column in row._meta.concrete_fields)
    loaded = _loaded(row)
    changed = [
        column
        for column in row._meta.concrete_fields
        if column.attname in row.__dict__
        and column.name != TOUCHED
        and (column.attname not in loaded or row.__dict__[column.attname] != loaded[column.attname])
    ]
    if not changed:
        return ()
    names = [column.name for column in changed]
    lines = [
        _line(row, column.name, _text(loaded.get(column.attname)), _after(row, column), origin)
        for column in changed
        if column.name not in row.unexplained
    ]
    if any(column.name == TOUCHED for column in row._meta.concrete_fields):
        setattr(row, TOUCHED, clock.now())
    with transaction.atomic(savepoint=False):
        _update(row, [*changed, *(c for c in row._meta.concrete_fields if c.name == TOUCHED)])
        statements.insert_all(FieldChange, lines)
    _remember(row)
    return tuple(names)


def delete(row: Remembering, *, origin: Origin) -> None:
    """Delete the row, and write down that it went."""
    line = _line(row, "", "", DELETED, origin)
    with transaction.atomic(savepoint=False):
        row.delete()
        statements.insert(FieldChange, line)


def save_all(rows: Iterable[Remembering], *, origin: Origin) -> None:
    """Save several rows, each with its own lines."""
    for row in rows:
        save(row, origin=origin)


def _insert(row: Remembering) -> None:
    row.pk = statements.insert(type(row), row.__dict__)
    row._state.adding = False
    row._state.db = transaction.get_connection().alias


def _update(row: Remembering, columns: list[models.Field[Any, Any]]) -> None:
    """Write these columns; a row that is gone is an error, as it is to the ORM."""
    values = {column.attname: row.__dict__[column.attname] for column in columns}
    if any(hasattr(value, "resolve_expression") for value in values.values()):
        row.save(update_fields=[column.name for column in columns])
    elif not statements.update(type(row), row.pk, values):
        raise DatabaseError("the row that was to be changed is gone")


def _loaded(row: Remembering) -> dict[str, Any]:
    """Return the values the row had; they are looked up where it did not come from a query."""
    known: dict[str, Any] | None = row.__dict__.get("_loaded")
    if known is None:
        columns = [column.attname for column in row._meta.concrete_fields]
        stored = type(row)._base_manager.filter(pk=row.pk).values(*columns).first()
        known = dict(stored or {})
    return known


def _remember(row: Remembering) -> None:
    """Keep what the columns hold now; what can be changed in place is kept as a copy."""
    loaded = dict(row.__dict__)
    loaded.pop("_loaded", None)
    for name in _documents(type(row)):
        if name in loaded:
            loaded[name] = copy.deepcopy(loaded[name])
    row.__dict__["_loaded"] = loaded


@functools.cache
def _documents(table: type[Remembering]) -> tuple[str, ...]:
    columns = table._meta.concrete_fields
    return tuple(c.attname for c in columns if isinstance(c, models.JSONField))


def _after(row: Remembering, column: models.Field[Any, Any]) -> str:
    return _text(row.__dict__[column.attname])


def _line(row: Remembering, field: str, before: str, after: str, origin: Origin) -> dict[str, Any]:
    return {
        "what": (row._meta.model_name or "")[:40],
        "object_id": row.pk,
        "field": field,
        "before": before,
        "after": after,
        "at": clock.now(),
        "door": origin.door,
        "actor": origin.actor[:150],
        "source_kind": origin.source_kind,
        "source_id": origin.source_id[:80],
        "correlation_id": origin.correlation_id,
    }


def _text(value: Any) -> str:
    """Return a value as a person reads it: dates in ISO 8601, no bytes, cut when long."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, bytes | memoryview):
        return f"({len(value)} bytes)"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    text = str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def forget(*, before: datetime, at_most: int) -> int:
    """Delete the oldest lines, up to `at_most`, that were written before; returns how many."""
    oldest = FieldChange.objects.order_by("pk").values_list("pk", "at")[:at_most]
    due = [pk for pk, at in oldest if at < before]
    FieldChange.objects.filter(pk__in=due).delete()
    return len(due)
