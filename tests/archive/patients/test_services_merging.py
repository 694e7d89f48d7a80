"""Merging, linking and renaming patients below every door; what is published and written down."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archive.models import Patient, PatientMerge
from archive.patients import queries, services
from archive.patients.rules import Identifier, PatientFacts
from archive.patients.services import register_patient
from pacs_hub.audit.models import AuditRow, FieldChange
from pacs_hub.outbox.models import OutboxMessage
from tests.support.builders import HIS

pytestmark = pytest.mark.django_db


def number(value: str) -> Identifier:
    return Identifier(value=value, issuer="GH")


def a_patient(value: str, **facts: str) -> Patient:
    told = PatientFacts(identifiers=(number(value),), name="DOE^JANE", **facts)  # type: ignore[arg-type]
    return register_patient(facts=told, origin=HIS)


def merged(survivor: Patient, loser: Patient) -> PatientMerge | None:
    return services.merge(survivor=survivor, loser=loser, kind="A40", origin=HIS)


def published() -> list[str]:
    return list(OutboxMessage.objects.order_by("pk").values_list("event", flat=True))


def test_a_merge_is_published_audited_and_led_back_to_who_asked() -> None:
    stays, goes = a_patient("P1"), a_patient("P2")
    before = OutboxMessage.objects.count()
    row = merged(stays, goes)
    assert row is not None
    assert published()[before:] == ["PatientsMerged"]
    assert AuditRow.objects.filter(detail=f"merged: merge {row.pk}").count() == 2
    told = FieldChange.objects.filter(what="patient", object_id=goes.pk, field="survivor").get()
    assert (told.after, told.correlation_id) == (str(stays.pk), HIS.correlation_id)


def test_a_merge_touches_as_many_rows_as_are_merged_and_no_more() -> None:
    everybody = [a_patient(f"P{n}") for n in range(5)]
    for each in everybody[1:4]:
        merged(everybody[0], each)
    row = merged(everybody[4], everybody[0])
    assert row is not None
    assert row.moved.count() == 4
    assert sorted(queries.cluster_of(everybody[4].pk)) == sorted(each.pk for each in everybody)


def test_undoing_is_published_once_and_once_only() -> None:
    stays, goes = a_patient("P1"), a_patient("P2")
    row = merged(stays, goes)
    assert row is not None
    services.undo(merge_id=row.pk, reason="", origin=HIS)
    assert published()[-1] == "MergeUndone"
    with pytest.raises(services.UndoneAlready):
        services.undo(merge_id=row.pk, reason="", origin=HIS)
    with pytest.raises(queries.NoSuchMerge):
        services.undo(merge_id=row.pk + 1, reason="", origin=HIS)


def test_a_provisional_patient_is_provisional_again() -> None:
    told = PatientFacts(identifiers=(number("P2"),))
    goes = register_patient(facts=told, origin=HIS, provisional=True)
    row = merged(a_patient("P1"), goes)
    assert row is not None
    services.undo(merge_id=row.pk, reason="", origin=HIS)
    goes.refresh_from_db()
    assert goes.state == "provisional"


def test_a_patient_is_not_linked_to_themselves() -> None:
    one = a_patient("P1")
    assert not services.link(one=one, other=one, origin=HIS)


def test_an_identifier_moves_alone_where_that_is_asked() -> None:
    one, other = a_patient("P1"), a_patient("P2")
    assert services.move_identifier(identifier=number("P1"), to=other, origin=HIS) == one
    assert services.move_identifier(identifier=number("P1"), to=other, origin=HIS) is None
    assert queries.find_by_identifier(value="P1", issuer="GH") == other


def test_a_merge_costs_the_same_into_one_who_took_in_many() -> None:
    stays = a_patient("P0")
    others = [a_patient(f"P{n}") for n in range(1, 32)]
    with CaptureQueriesContext(connection) as first:
        merged(stays, others[0])
    for each in others[1:-1]:
        merged(stays, each)
    with CaptureQueriesContext(connection) as last:
        merged(stays, others[-1])
    assert len(first) == len(last) < 20
