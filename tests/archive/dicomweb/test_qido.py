"""QIDO-RS through the door."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from archive.storage.filesystem import FilesystemArea
from archive.store.models import Study
from pacs_hub.audit.models import AuditRow
from tests.support.callers import caller
from tests.support.datasets import ct_instance, ct_series, mr_instance, new_uid
from tests.support.stored import store

pytestmark = pytest.mark.django_db
ROOT = "/dicom-web"


def values(row: dict[str, Any], tag: str) -> Any:
    return row[tag].get("Value")


def test_a_study_row_tells_what_the_standard_and_viewers_ask_for(
    area: FilesystemArea, settings: Settings
) -> None:
    study = new_uid()
    store(*ct_series(2, StudyInstanceUID=study), mr_instance(StudyInstanceUID=study), area=area)
    response = caller("radiologist").get(f"{ROOT}/studies")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/dicom+json"
    (row,) = response.json()
    assert list(row) == sorted(row)
    assert values(row, "00080061") == ["CT", "MR"]
    assert values(row, "00100010") == [{"Alphabetic": "Doe^Jane"}]
    assert values(row, "00201206") == [2]
    assert values(row, "00201208") == [3]
    assert values(row, "00080020") == ["20260105"]
    assert values(row, "00100030") == ["19700101"]


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("hub.example", "https://hub.example"),
        ("localhost", "https://hub.example"),
        ("localhost:8000", "http://localhost:8000"),
    ],
)
def test_addresses_are_the_public_ones_unless_a_browser_came_by_another_name(
    area: FilesystemArea, settings: Settings, host: str, base: str
) -> None:
    settings.HUB_PUBLIC_URL = "https://hub.example"
    settings.ALLOWED_HOSTS = ["hub.example", "localhost"]
    (stored,) = store(ct_instance(), area=area)
    (row,) = caller("radiologist").get(f"{ROOT}/studies", headers={"Host": host}).json()
    assert values(row, "00081190") == [f"{base}{ROOT}/studies/{stored.study.study_instance_uid}"]


@pytest.mark.parametrize(
    ("path", "has", "has_not"),
    [
        ("series", ["00080060", "00080020", "0020000E", "00201209"], ["00080018"]),
        ("instances", ["00080018", "0020000E", "00080060", "00080020"], []),
        ("studies/{study}/series", ["00080060", "0020000D", "0008103E"], ["00080020"]),
        ("studies/{study}/instances", ["00080018", "00080060"], ["00080020"]),
        ("studies/{study}/series/{series}/instances", ["00080016", "00280010"], ["00080060"]),
    ],
)
def test_each_search_tells_of_its_level_and_those_the_path_leaves_open(
    area: FilesystemArea, path: str, has: list[str], has_not: list[str]
) -> None:
    (row,) = store(ct_instance(), area=area)
    place = path.format(study=row.study.study_instance_uid, series=row.series.series_instance_uid)
    (found,) = caller("radiologist").get(f"{ROOT}/{place}").json()
    assert set(has) <= set(found)
    assert not set(has_not) & set(found)
    assert values(found, "0020000D") == [row.study.study_instance_uid]


def test_nothing_found_is_204_without_a_body(area: FilesystemArea) -> None:
    response = caller("radiologist").get(f"{ROOT}/studies?PatientID=NOBODY")
    assert (response.status_code, response.content) == (204, b"")


def test_keywords_tags_commas_backslashes_and_repeats_all_name_uids(area: FilesystemArea) -> None:
    rows = store(*(ct_instance() for _ in range(3)), area=area)
    first, second = (row.study.study_instance_uid for row in rows[:2])
    client = caller("radiologist")
    for query in (
        f"StudyInstanceUID={first},{second}",
        f"StudyInstanceUID={first}%5C{second}",
        f"0020000D={first}&0020000D={second}",
        f"0020000d={first}%2C{second}",
    ):
        assert len(client.get(f"{ROOT}/studies?{query}").json()) == 2


def test_a_long_answer_is_cut_and_says_how_much_is_left(area: FilesystemArea) -> None:
    store(*(ct_instance() for _ in range(3)), area=area)
    response = caller("radiologist").get(f"{ROOT}/studies?limit=2")
    assert len(response.json()) == 2
    assert "There are 1 additional results that can be requested" in response["Warning"]
    assert response["Warning"].startswith("299 ")
    rest = caller("radiologist").get(f"{ROOT}/studies?limit=2&offset=2")
    assert len(rest.json()) == 1
    assert "Warning" not in rest
    assert caller("radiologist").get(f"{ROOT}/studies?limit=2&offset=4").status_code == 204


def test_what_is_not_supported_is_said_in_a_warning(area: FilesystemArea) -> None:
    store(ct_instance(), area=area)
    query = "PatientName=doe*&Nonsense=1&00100032=x&includefield=all,Bogus"
    response = caller("radiologist").get(f"{ROOT}/studies?{query}")
    assert response.status_code == 200
    for part in ("Nonsense", "00100032", "Bogus"):
        assert part in response["Warning"]


def test_a_field_of_a_level_above_is_included_when_asked_for(area: FilesystemArea) -> None:
    (row,) = store(ct_instance(), area=area)
    place = f"{ROOT}/studies/{row.study.study_instance_uid}/series"
    (found,) = caller("radiologist").get(f"{place}?includefield=00080021,StudyDate").json()
    assert values(found, "00080020") == ["20260105"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=x",
        "PatientID=a%00b",
        "limit=-1",
        "offset=1.5",
        "StudyDate=yesterday",
        "StudyDate=20261301",
        "StudyTime=9999",
        "StudyInstanceUID=1.2/../3",
        "SeriesNumber=one",
        "fuzzymatching=perhaps",
        "PatientID=1&PatientID=2",
        "PatientID=1&00100020=2",
        "TimezoneOffsetFromUTC=Paris",
        "00091001=x",
        "RequestAttributesSequence.SeriesNumber=one&SeriesNumber=one",
        f"PatientName={'*x' * 600}",
        f"multiplevaluematching=true&StudyDescription={'x%5C' * 200}",
        f"StudyInstanceUID={','.join(f'1.{n}' for n in range(10_001))}",
    ],
    ids=lambda query: query[:40],
)
def test_a_query_that_makes_no_sense_is_refused_with_its_reason(
    area: FilesystemArea, query: str
) -> None:
    response = caller("radiologist").get(f"{ROOT}/studies?{query}")
    assert response.status_code == 400
    assert response.json()["message"]


@pytest.mark.parametrize(
    ("accept", "status", "media_type"),
    [
        ("application/dicom+json, application/json", 200, "application/dicom+json"),
        ("application/json", 200, "application/json"),
        ("*/*", 200, "application/dicom+json"),
        ("application/json;q=0.5, application/dicom+json;q=0.9", 200, "application/dicom+json"),
        ("image/png", 406, ""),
        ('multipart/related; type="application/dicom"', 406, ""),
    ],
)
def test_the_media_type_is_the_one_that_is_accepted(
    area: FilesystemArea, accept: str, status: int, media_type: str
) -> None:
    store(ct_instance(), area=area)
    response = caller("radiologist").get(f"{ROOT}/studies", headers={"Accept": accept})
    assert response.status_code == status
    if media_type:
        assert response["Content-Type"] == media_type


def test_strangers_are_asked_who_they_are_and_the_wrong_role_is_refused(
    area: FilesystemArea,
) -> None:
    stranger = Client().get(f"{ROOT}/studies")
    assert stranger.status_code == 401
    assert stranger["WWW-Authenticate"].startswith("Bearer")
    assert caller("billing").get(f"{ROOT}/studies").status_code == 403
    bad_token = Client(headers={"Authorization": "Bearer nonsense"})
    assert bad_token.get(f"{ROOT}/studies").status_code == 401


def test_a_referrer_finds_only_what_they_ordered(area: FilesystemArea) -> None:
    store(ct_instance(StudyID="mine"), ct_instance(StudyID="other"), area=area)
    Study.objects.filter(study_id="mine").update(referrer_id="D7")
    (found,) = caller("referrer", provider_id="D7").get(f"{ROOT}/studies").json()
    assert values(found, "00200010") == ["mine"]
    assert caller("referrer").get(f"{ROOT}/studies").status_code == 204


def test_a_referrer_is_not_told_how_many_studies_of_others_there_are(area: FilesystemArea) -> None:
    own, _ = store(ct_instance(PatientID="P1"), ct_instance(PatientID="P1"), area=area)
    Study.objects.filter(pk=own.study_id).update(referrer_id="D1")
    path = f"{ROOT}/studies?includefield=all&limit=1"
    for role, number in (("referrer", 1), ("radiologist", 2)):
        response = caller(role, provider_id="D1").get(path)
        (row,) = response.json()
        assert [values(row, tag) for tag in ("00201200", "00201202", "00201204")] == [[number]] * 3
        assert ("Warning" in response) == (number > 1)


def test_a_search_leaves_one_audit_row(area: FilesystemArea) -> None:
    (row,) = store(ct_instance(), area=area)
    client = caller("radiologist")
    for _ in range(3):
        client.get(f"{ROOT}/studies/{row.study.study_instance_uid}/series")
    rows = AuditRow.objects.filter(object_id=row.study.study_instance_uid, door="http")
    assert [(r.action, r.actor) for r in rows] == [("query", "a radiologist")]
    for offset in (0, 0, 1):  # the very same question again is no news
        client.get(f"{ROOT}/studies?PatientID={row.study.study_instance_uid}&offset={offset}")
    assert AuditRow.objects.filter(object_id="", action="query").count() == 2
