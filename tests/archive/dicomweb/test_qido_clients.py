"""The searches of known viewers, their query strings as they are sent."""

from __future__ import annotations

from typing import Any

import pytest

from archive.storage.filesystem import FilesystemArea
from tests.support.callers import caller
from tests.support.datasets import ct_instance, ct_series, mr_instance, new_uid
from tests.support.stored import store

pytestmark = pytest.mark.django_db
ROOT = "/dicom-web"
DOE = "PatientName=*doe*&00100020=*P1*&AccessionNumber=*A10*&StudyDescription=*study*"


def ask(path: str) -> list[dict[str, Any]]:
    response = caller("radiologist").get(
        f"{ROOT}/{path}", headers={"Accept": "application/dicom+json, application/json"}
    )
    assert response.status_code in {200, 204}, response.content
    assert "Warning" not in response, response["Warning"]
    return response.json() if response.status_code == 200 else []


def test_the_study_list_of_ohif(area: FilesystemArea) -> None:
    rows = store(ct_instance(), mr_instance(PatientName="Roe^R", PatientID="P2"), area=area)
    fields = "includefield=00081030%2C00080060%2C00080090%2C00100030"
    listing = f"limit=101&offset=0&fuzzymatching=false&{fields}"
    assert len(ask(f"studies?{listing}")) == 2
    (found,) = ask(f"studies?{DOE}&{listing}")
    assert found["00080061"]["Value"] == ["CT"]
    assert {"00201208", "0020000D", "00081030", "00080090"} <= set(found)
    assert ask(f"studies?StudyDate=20260105-20260106&ModalitiesInStudy=CT&{listing}") == [found]
    uids = "%5C".join(row.study.study_instance_uid for row in rows)
    assert len(ask(f"studies?StudyInstanceUID={uids}&{listing}")) == 2


def test_the_series_list_of_ohif(area: FilesystemArea) -> None:
    study = new_uid()
    store(*ct_series(2, StudyInstanceUID=study), mr_instance(StudyInstanceUID=study), area=area)
    found = ask(f"studies/{study}/series?includefield=0008103E%2C00080021")
    assert [row["00201209"]["Value"] for row in found] in ([[2], [1]], [[1], [2]])
    assert all({"0020000E", "00080060", "0008103E", "00080021"} <= set(row) for row in found)


def test_the_queries_of_weasis(area: FilesystemArea) -> None:
    (row,) = store(ct_instance(), area=area)
    study, series = row.study.study_instance_uid, row.series.series_instance_uid
    fields = (
        "00080020,00080030,00080050,00080061,00080090,00081030,00100010,00100020,00100021,"
        "00100030,00100040,0020000D,00200010"
    )
    (found,) = ask(f"studies?00100020=P100&00100021=GH&includefield={fields}")
    assert found["00100021"]["Value"] == ["GH"]
    assert ask("studies?00100020=P100&00100021=ELSEWHERE") == []
    assert len(ask("studies?ModalitiesInStudy=CT,MR&PatientName=doe*")) == 1
    (found,) = ask(
        f"studies/{study}/series?includefield=0008103E,00080060,0020000E,00200011,00081190,00201209"
    )
    assert found["00081190"]["Value"][0].endswith(f"/series/{series}")
    place = f"studies/{study}/series/{series}/instances"
    (found,) = ask(f"{place}?includefield=00080018,00200013,00081190&limit=100&offset=0")
    assert found["00080018"]["Value"] == [row.sop_instance_uid]
    assert ask(f"{place}?limit=100&offset=100") == []
