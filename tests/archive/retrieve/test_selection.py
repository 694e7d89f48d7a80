"""What a retrieve selects: in order, in pages, in few queries, and none of what is hidden."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from archive.models import Instance
from archive.retrieve import selection
from archive.retrieve.selection import Selection, choose, names_of, rows_of
from tests.support.datasets import ct_instance, mr_instance, new_uid
from tests.support.stored import area_in, store

pytestmark = pytest.mark.django_db


@pytest.fixture
def studies(settings: Settings, tmp_path: Path) -> list[str]:
    """File three studies of patient P1 and one of P2; returns their UIDs."""
    area = area_in(tmp_path, settings)
    uids = [new_uid() for _ in range(4)]
    for number, uid in enumerate(uids):
        patient = "P2" if number == 3 else "P1"
        series = new_uid()
        names = {"StudyInstanceUID": uid, "PatientID": patient}
        store(
            ct_instance(SeriesInstanceUID=series, InstanceNumber="2", SeriesNumber="2", **names),
            ct_instance(SeriesInstanceUID=series, InstanceNumber="1", SeriesNumber="2", **names),
            mr_instance(SeriesNumber="1", **names),
            area=area,
        )
    return uids


def numbers(ids: tuple[int, ...]) -> list[tuple[int | None, int | None]]:
    """Return series and instance numbers in the order selected."""
    return [(row.series.series_number, row.instance_number) for _, row in rows_of(ids)]


def test_a_study_is_chosen_in_order_with_its_kinds(studies: list[str]) -> None:
    chosen = choose(Selection(studies=(studies[0],)))
    assert numbers(chosen.ids) == [(1, 1), (2, 1), (2, 2)]
    assert {uid for uid, _ in chosen.kinds} == set(
        Instance.objects.values_list("sop_class_uid", flat=True)
    )


def test_a_patient_is_all_of_the_studies(
    studies: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(choose(Selection(patient_id="P1")).ids) == 9
    monkeypatch.setattr(selection, "_STUDIES_AT_ONCE", 2)
    assert len(choose(Selection(patient_id="P1")).ids) == 9
    assert len(choose(Selection(patient_id="P1", studies=tuple(studies))).ids) == 9
    assert choose(Selection(patient_id="P*")).ids == ()


def test_long_lists_of_names_are_cut(studies: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "AT_ONCE", 2)
    names = tuple(Instance.objects.values_list("sop_instance_uid", flat=True))
    chosen = choose(Selection(instances=(*names, "1.2.3", names[0])))
    assert sorted(names_of(chosen.ids)) == sorted(names)
    assert [row.pk for _, row in rows_of(chosen.ids)] == list(chosen.ids)


def test_what_is_hidden_before_or_meanwhile_is_left_out(studies: list[str]) -> None:
    row = Instance.objects.filter(study__study_instance_uid=studies[0])
    hidden = row.order_by("pk")[0]
    chosen = choose(Selection(studies=(studies[0],)))
    Instance.objects.filter(pk=hidden.pk).update(rejected_as="113001")
    assert hidden.pk not in [one.pk for _, one in rows_of(chosen.ids)]
    assert [place for place, _ in rows_of(chosen.ids)] == [
        place for place, pk in enumerate(chosen.ids) if pk != hidden.pk
    ]
    assert hidden.pk not in choose(Selection(studies=(studies[0],))).ids


def test_a_page_is_one_query_whatever_is_on_it(
    studies: list[str], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        chosen = choose(Selection(studies=tuple(studies)))
    with django_assert_num_queries(1):
        for _, row in rows_of(chosen.ids):
            assert row.study.patient.survivor is None
            assert row.series.modality
