"""What is written by a ready statement is what the ORM would have written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.models import Patient
from pacs_hub.audit.models import AuditRow
from pacs_hub.outbox import statements
from pacs_hub.outbox.models import OutboxMessage
from pacs_hub.outbox.statements import Select, given, given_id

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 24, 9, 0, 0, 123456, tzinfo=UTC)
EVENT = {
    "event": "E",
    "version": 1,
    "stream": "s",
    "payload": {"a": [1, "ü"]},
    "occurred_at": AT,
    "correlation_id": "c",
}


def test_a_row_is_inserted_with_the_defaults_of_its_columns() -> None:
    pk = statements.insert(OutboxMessage, EVENT)
    row = OutboxMessage.objects.get(pk=pk)
    assert (row.payload, row.occurred_at, row.fanned_out_at) == ({"a": [1, "ü"]}, AT, None)


def test_the_id_may_be_given() -> None:
    assert statements.insert(OutboxMessage, {**EVENT, "id": 4711}) == 4711
    assert OutboxMessage.objects.get().pk == 4711
    assert statements.insert(OutboxMessage, EVENT) != 4711


def test_several_rows_are_inserted() -> None:
    statements.insert_all(OutboxMessage, [EVENT, EVENT])
    statements.insert_all(OutboxMessage, [])
    assert OutboxMessage.objects.count() == 2


def test_columns_are_changed_and_a_row_that_is_gone_is_told() -> None:
    pk = statements.insert(OutboxMessage, EVENT)
    assert statements.update(OutboxMessage, pk, {"fanned_out_at": AT, "payload": {}})
    row = OutboxMessage.objects.get()
    assert (row.fanned_out_at, row.payload) == (AT, {})
    assert not statements.update(OutboxMessage, pk + 1, {"stream": "x"})


def test_a_column_left_out_of_an_audit_row_is_null_or_its_default() -> None:
    statements.insert(AuditRow, {"at": AT, "action": "view", "actor": "a", "door": "http"})
    assert AuditRow.objects.get().patient_id is None


def test_a_query_made_once_finds_what_the_orm_finds() -> None:
    people = [Patient.objects.create(name=n, created_at=AT, updated_at=AT) for n in ("A^B", "C^D")]
    by_name = Select(Patient.objects.filter(name=given(0)))
    by_id = Select(Patient.objects.filter(pk=given_id(0)))
    for one in people:
        assert by_name.fetch(one.name) == [one]
        (found,) = by_id.fetch(one.pk)
        assert (found.created_at, found.name, found.heard) == (AT, one.name, one.heard)
    assert by_name.fetch("nobody") == []
