"""Every change is written down once: which field, from what to what, and what brought it."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archive.models import Patient
from pacs_hub.audit import changes
from pacs_hub.audit.models import FieldChange
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin

pytestmark = pytest.mark.django_db
MESSAGE = Origin.over_hl7(peer="his", address="10.0.0.9", message_id=7, correlation_id="c7")


def a_new_patient() -> Patient:
    now = clock.now()
    return Patient(name="DOE^JANE", state="active", created_at=now, updated_at=now)


def a_loaded_patient() -> Patient:
    patient = a_new_patient()
    patient.save()
    return Patient.objects.get(pk=patient.pk)


def lines() -> list[tuple[str, str, str]]:
    rows = FieldChange.objects.order_by("pk")
    return list(rows.values_list("field", "before", "after"))


def test_a_new_row_gets_one_line() -> None:
    patient = a_new_patient()
    changes.save(patient, origin=MESSAGE)
    row = FieldChange.objects.get()
    assert (row.what, row.object_id, row.field, row.after) == (
        "patient",
        patient.pk,
        "",
        "created",
    )
    assert (row.source_kind, row.source_id, row.correlation_id) == ("hl7", "7", "c7")
    assert (row.door, row.actor) == ("hl7", "his")


def test_each_changed_field_gets_a_line_and_only_those_columns_are_written() -> None:
    patient = a_loaded_patient()
    patient.name, patient.name_search, patient.sex = "ROE^JANE", "ROE JANE", "F"
    patient.birth_date = date(1970, 1, 2)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        changed = changes.save(patient, origin=MESSAGE)
    assert changed == ("name", "name_search", "birth_date", "sex")
    assert lines() == [
        ("name", "DOE^JANE", "ROE^JANE"),
        ("birth_date", "", "1970-01-02"),
        ("sex", "", "F"),
    ]
    update = next(q["sql"] for q in queries if q["sql"].startswith("UPDATE"))
    assert '"account_number"' not in update
    assert '"updated_at"' in update


def test_nothing_changed_asks_nothing_of_the_database() -> None:
    patient = a_loaded_patient()
    patient.name = "DOE^JANE"
    patient.updated_at = clock.now()
    with CaptureQueriesContext(connection) as queries:
        assert changes.save(patient, origin=MESSAGE) == ()
    assert len(queries) == 0


def test_a_row_saved_twice_is_explained_from_where_it_was() -> None:
    patient = a_loaded_patient()
    for name in ("ROE^JANE", "POE^JANE"):
        patient.name = name
        changes.save(patient, origin=MESSAGE)
    assert lines() == [("name", "DOE^JANE", "ROE^JANE"), ("name", "ROE^JANE", "POE^JANE")]


def test_a_row_that_did_not_come_from_a_query_is_compared_with_what_is_stored() -> None:
    patient = a_new_patient()
    patient.save()
    patient.name = "ROE^JANE"
    changes.save(patient, origin=MESSAGE)
    assert lines() == [("name", "DOE^JANE", "ROE^JANE")]


def test_a_refreshed_row_is_explained_from_what_was_read_last() -> None:
    patient = a_loaded_patient()
    Patient.objects.update(name="ROE^JANE", sex="F")
    patient.refresh_from_db(fields=["name"])
    patient.name, patient.sex = "POE^JANE", "M"
    changes.save(patient, origin=MESSAGE)
    assert lines() == [("name", "ROE^JANE", "POE^JANE"), ("sex", "", "M")]


def test_a_column_that_was_not_loaded_is_left_alone() -> None:
    patient = Patient.objects.defer("sex").get(pk=a_loaded_patient().pk)
    patient.name = "ROE^JANE"
    assert changes.save(patient, origin=MESSAGE) == ("name",)


def test_a_deleted_row_leaves_a_line() -> None:
    patient = a_loaded_patient()
    gone = patient.pk
    changes.delete(patient, origin=MESSAGE)
    row = FieldChange.objects.get()
    assert (row.object_id, row.field, row.after) == (gone, "", "deleted")


def test_long_values_are_cut() -> None:
    patient = a_loaded_patient()
    patient.name = "X" * 324
    changes.save(patient, origin=MESSAGE)
    assert len(FieldChange.objects.get().after) == 300
