"""Matches in, rows out."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext
from pydicom.datadict import dictionary_VR, tag_for_keyword

from archive.index.keys import Level, Match, Path, match_of
from archive.index.queries import Page, Search, find
from archive.models import Study
from archive.patients.rules import Identifier, PatientFacts
from archive.patients.services import register_patient
from archive.storage.filesystem import FilesystemArea
from pacs_hub.access.permissions import Principal
from pacs_hub.kernel.origin import Origin
from tests.support.datasets import cr_instance, ct_instance, ct_series, mr_instance, new_uid
from tests.support.stored import settle, store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("each_way")]

RADIOLOGIST = Principal(name="rad", role="radiologist")


def matches(**keys: str) -> dict[Path, Match]:
    """Return what a query with these keys asks."""
    out = {}
    for keyword, value in keys.items():
        tag = tag_for_keyword(keyword)
        assert tag is not None
        out[tag,] = match_of(dictionary_VR(tag), value)
    return out


def look(
    level: Level = Level.STUDY,
    *,
    principal: Principal | None = RADIOLOGIST,
    one_interval: bool = True,
    limit: int = 100,
    offset: int = 0,
    **keys: str,
) -> Page:
    search = Search(
        level=level, matches=matches(**keys), principal=principal, one_interval=one_interval
    )
    return find(search, limit=limit, offset=offset)


def ids(page: Page) -> set[str]:
    return {row.study.study_id for row in page.rows}


def test_a_single_value_a_wildcard_and_a_list_select_what_they_say(area: FilesystemArea) -> None:
    uids = [new_uid() for _ in range(3)]
    for number, uid in enumerate(uids):
        store(
            ct_instance(StudyInstanceUID=uid, StudyID=str(number), AccessionNumber=f"A_{number}%"),
            area=area,
        )
    assert ids(look(AccessionNumber="A_1%")) == {"1"}
    assert ids(look(AccessionNumber="A?1*")) == {"1"}
    assert ids(look(AccessionNumber="a_1%")) == set()
    assert ids(look(AccessionNumber="B_*")) == set()
    assert ids(look(StudyInstanceUID="\\".join(uids[:2]))) == {"0", "1"}
    assert ids(look(AccessionNumber="")) == ids(look(AccessionNumber="*")) == {"0", "1", "2"}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("MUELLER^KARL", True),
        ("Müller^Karl", False),
        ("mueller^k*", True),
        ("Mueller*", True),
        ("*karl*", True),
        ("Mueller", False),
        ("Muell?r^*", True),
    ],
)
def test_names_are_compared_without_case(area: FilesystemArea, wanted: str, found: bool) -> None:
    store(ct_instance(PatientName="Mueller^Karl"), area=area)
    assert bool(look(PatientName=wanted).rows) is found


def test_a_name_without_given_name_is_found_by_family_and_star(area: FilesystemArea) -> None:
    store(ct_instance(PatientName="Solo"), area=area)
    assert look(PatientName="SOLO^*").rows


def test_accents_do_not_matter(area: FilesystemArea) -> None:
    store(ct_instance(PatientName="Émond^Zoë"), area=area)
    assert look(PatientName="emond^zoe").rows


def test_a_patient_is_found_by_any_identifier(area: FilesystemArea) -> None:
    store(ct_instance(PatientID="P100", IssuerOfPatientID="GH"), area=area)
    register_patient(
        facts=PatientFacts(
            identifiers=(
                Identifier(value="P100", issuer="GH"),
                Identifier(value="X9", issuer="NAT"),
            )
        ),
        origin=Origin.over_http(user="test"),
        event_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert look(PatientID="X9").rows
    assert look(PatientID="P1*").rows
    assert not look(PatientID="X").rows


def test_date_and_time_are_one_interval_for_the_web_and_two_for_others(
    area: FilesystemArea,
) -> None:
    for study_id, day, hour in (("1", "20260101", "090000"), ("2", "20260102", "110000")):
        store(ct_instance(StudyID=study_id, StudyDate=day, StudyTime=hour), area=area)
    between = {"StudyDate": "20260101-20260102", "StudyTime": "100000-120000"}
    assert ids(look(**between)) == {"2"}
    assert ids(look(**{**between, "StudyTime": "080000-100000"})) == {"1"}
    later = {"StudyDate": "20260101-20260102", "StudyTime": "080000-090500"}
    assert ids(look(**later)) == {"1"}
    assert ids(look(StudyDate="20260102-", StudyTime="100000")) == {"2"}
    early_to_late = {"StudyDate": "20260101-20260102", "StudyTime": "083000-113000"}
    assert ids(look(**early_to_late)) == {"1", "2"}
    apart = {"StudyDate": "20260101-20260102", "StudyTime": "103000-113000"}
    assert ids(look(one_interval=False, **apart)) == {"2"}


def test_keys_of_lower_levels_select_the_studies_that_hold_such_a_thing(
    area: FilesystemArea,
) -> None:
    study = new_uid()
    store(
        ct_instance(StudyInstanceUID=study, StudyID="1"),
        mr_instance(StudyInstanceUID=study, StudyID="1"),
        cr_instance(StudyID="2"),
        area=area,
    )
    assert ids(look(Modality="MR")) == {"1"}
    assert ids(look(ModalitiesInStudy="CR\\MR")) == {"1", "2"}
    assert ids(look(BodyPartExamined="CHEST")) == {"2"}
    series = look(Level.SERIES, StudyID="1", Modality="CT")
    assert [row.series.modality for row in series.rows if row.series] == ["CT"]


def test_counts_are_right_while_a_study_grows_and_after_it_settled(area: FilesystemArea) -> None:
    study = new_uid()
    store(*ct_series(3, StudyInstanceUID=study), area=area)
    store(mr_instance(StudyInstanceUID=study), area=area)

    def counted() -> tuple[Any, ...]:
        row = look().rows[0]
        series = sorted(r.instances_in_series for r in look(Level.SERIES).rows)
        return row.counts.series, row.counts.instances, row.counts.modalities, series

    assert Study.objects.get().state == "receiving"
    assert counted() == (2, 4, ("CT", "MR"), [1, 3])
    settle()
    assert Study.objects.get().state == "received"
    assert counted() == (2, 4, ("CT", "MR"), [1, 3])
    store(cr_instance(StudyInstanceUID=study), area=area)
    assert counted() == (3, 5, ("CR", "CT", "MR"), [1, 1, 3])


def test_pages_follow_each_other_without_gap_or_overlap(area: FilesystemArea) -> None:
    store(*ct_series(5), area=area)
    first = look(Level.INSTANCE, limit=2)
    second = look(Level.INSTANCE, limit=2, offset=2)
    last = look(Level.INSTANCE, limit=2, offset=4)
    numbers = [
        row.instance.instance_number
        for page in (first, second, last)
        for row in page.rows
        if row.instance
    ]
    assert numbers == [1, 2, 3, 4, 5]
    assert [page.remaining for page in (first, second, last)] == [3, 1, 0]
    assert look(Level.INSTANCE, limit=2, offset=9).rows == []


def test_pages_of_series_across_studies_follow_each_other(area: FilesystemArea) -> None:
    for number in range(3):
        study = new_uid()
        date = f"2026010{number + 1}"
        store(
            ct_instance(StudyInstanceUID=study, StudyID=str(number), StudyDate=date),
            mr_instance(StudyInstanceUID=study, StudyID=str(number), StudyDate=date),
            area=area,
        )
    found = []
    for offset in range(0, 6, 2):
        page = look(Level.SERIES, limit=2, offset=offset)
        found += [row.study.study_id for row in page.rows if row.study]
        assert page.remaining == 4 - offset
    assert found == ["2", "2", "1", "1", "0", "0"]
    only = look(Level.SERIES, limit=1, offset=1, Modality="MR")
    assert [row.study.study_id for row in only.rows if row.study] == ["1"]


def test_newest_studies_come_first_and_undated_ones_last(area: FilesystemArea) -> None:
    for study_id, day in (("old", "20200101"), ("none", ""), ("new", "20260101")):
        store(ct_instance(StudyID=study_id, StudyDate=day), area=area)
    assert [row.study.study_id for row in look().rows] == ["new", "old", "none"]


def test_a_referrer_sees_only_what_they_ordered(area: FilesystemArea) -> None:
    store(ct_instance(StudyID="mine"), ct_instance(StudyID="other"), area=area)
    Study.objects.filter(study_id="mine").update(referrer_id="D7")
    mine = Principal(name="ref", role="referrer", provider_id="D7")
    nobody = Principal(name="ref", role="referrer")
    assert ids(look(principal=mine)) == {"mine"}
    assert ids(look(Level.INSTANCE, principal=mine)) == {"mine"}
    assert look(principal=nobody).rows == []
    assert ids(look(principal=None)) == {"mine", "other"}


@pytest.mark.parametrize("level", list(Level))
def test_a_page_costs_the_same_queries_however_long_it_is(
    area: FilesystemArea, level: Level, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        store(*ct_series(3), area=area)
    captured: CaptureQueriesContext
    with django_assert_max_num_queries(4) as captured:
        page = look(level)
        assert [row.patient.survivor for row in page.rows]
    assert len(captured) == {Level.PATIENT: 2, Level.STUDY: 3}.get(level, 4)
