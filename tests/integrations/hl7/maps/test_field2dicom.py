"""Each row names a field we have and attributes DICOM has."""

from __future__ import annotations

from django.apps import apps
from pydicom.datadict import tag_for_keyword

from integrations.hl7.maps.field2dicom import FOLLOWS, keywords
from worklist.mwl import attributes


def test_every_row_names_a_field_of_ours() -> None:
    tables = {model._meta.model_name: model for model in apps.get_models()}
    for what, field in FOLLOWS:
        columns = {column.name for column in tables[what]._meta.concrete_fields}
        assert field in columns | {""}, (what, field)


def test_every_keyword_is_in_the_dictionary() -> None:
    for shown in FOLLOWS.values():
        assert all(tag_for_keyword(keyword) for keyword in shown), shown


def test_every_keyword_is_told_by_the_worklist() -> None:
    told = {*attributes.PATIENT, *attributes.REQUEST, *attributes.STEP}
    for shown in FOLLOWS.values():
        assert set(shown) <= told, shown


def test_what_dicom_does_not_show_has_no_keyword() -> None:
    assert keywords("patient", "name") == ("PatientName",)
    assert keywords("exam", "charge_status") == ()
