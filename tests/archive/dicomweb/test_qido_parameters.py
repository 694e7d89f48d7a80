"""What the parameters of QIDO-RS do, through the door (PS3.18 8.3.4)."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from pydicom import Dataset

from archive.dicom.xml_model import NAMESPACE
from archive.index import queries
from archive.storage.filesystem import FilesystemArea
from archive.store.models import Instance
from tests.support.callers import caller
from tests.support.datasets import ct_instance, ct_series, mr_instance, new_uid
from tests.support.stored import settle, store

pytestmark = pytest.mark.django_db
ROOT = "/dicom-web"


def item(**values: str) -> Dataset:
    ds = Dataset()
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def ask(path: str) -> list[dict[str, Any]]:
    """Return the rows of a search; none where it answers 204."""
    response = caller("radiologist").get(f"{ROOT}/{path}")
    assert response.status_code in {200, 204}, response.content
    return response.json() if response.status_code == 200 else []


def study_ids(query: str) -> set[str]:
    return {row["00200010"]["Value"][0] for row in ask(f"studies?{query}")}


def test_the_items_of_sequences_are_matched_and_told(area: FilesystemArea) -> None:
    store(
        ct_instance(
            StudyID="1",
            RequestAttributesSequence=[
                item(RequestedProcedureID="RP1", ScheduledProcedureStepID="SPS1"),
                item(RequestedProcedureID="RP2", ScheduledProcedureStepID="SPS2"),
            ],
            ProcedureCodeSequence=[
                item(CodeValue="CTH", CodingSchemeDesignator="L", CodeMeaning="CT head")
            ],
            IssuerOfAccessionNumberSequence=[item(LocalNamespaceEntityID="RIS")],
            PerformedProcedureStepStartDate="20260105",
        ),
        ct_instance(StudyID="2"),
        area=area,
    )
    (row,) = ask("series?00400275.00400009=SPS1")
    assert row["00400244"]["Value"] == ["20260105"]
    told = row["00400275"]["Value"]
    assert [each["00401001"]["Value"] for each in told] == [["RP1"], ["RP2"]]
    name = "RequestAttributesSequence"
    assert study_ids(f"{name}.RequestedProcedureID=RP2") == {"1"}
    both = f"{name}.ScheduledProcedureStepID=SPS1&{name}.RequestedProcedureID="
    assert study_ids(f"{both}RP1") == {"1"}
    assert study_ids(f"{both}RP2") == set()  # not in one item
    assert study_ids("ProcedureCodeSequence.CodeValue=CT*") == {"1"}
    assert study_ids("00080051.00400031=RIS") == {"1"}
    (row,) = ask("studies?StudyID=1&includefield=ProcedureCodeSequence")
    assert row["00081032"]["Value"][0]["00080104"]["Value"] == ["CT head"]
    assert row["00080051"]["Value"][0]["00400031"]["Value"] == ["RIS"]


def test_names_that_sound_alike_are_found_when_asked_for(area: FilesystemArea) -> None:
    for number, name in enumerate(("Meyer^Cathrin", "Schmidt^Jon", "Müller^Zoë")):
        store(ct_instance(PatientName=name, PatientID=f"P{number}", StudyID=str(number)), area=area)
    assert study_ids("PatientName=Maier") == set()
    assert study_ids("fuzzymatching=true&PatientName=Maier") == {"0"}
    assert study_ids("fuzzymatching=true&PatientName=Mayr^Kathrin") == {"0"}
    assert study_ids("fuzzymatching=true&PatientName=Mayr^Paul") == set()
    assert study_ids("fuzzymatching=true&PatientName=smith*") == {"1"}
    assert study_ids("fuzzymatching=true&PatientName=mueller zo") == {"2"}


def test_several_values_and_none_are_matched_when_asked_for(area: FilesystemArea) -> None:
    for number, accession in enumerate(("A1", "A2", "")):
        store(ct_instance(StudyID=str(number), AccessionNumber=accession), area=area)
    assert study_ids("AccessionNumber=A1%5CA2") == set()
    assert study_ids("multiplevaluematching=true&AccessionNumber=A1%5CA2") == {"0", "1"}
    assert study_ids('emptyvaluematching=true&AccessionNumber=""') == {"2"}
    assert study_ids(
        'emptyvaluematching=true&multiplevaluematching=true&AccessionNumber=A1%5C""'
    ) == {"0", "2"}
    assert study_ids("ModalitiesInStudy=MR,CT") == {"0", "1", "2"}
    assert study_ids("ModalitiesInStudy=M*,U*") == set()


def test_dates_are_read_in_the_zone_the_query_names(area: FilesystemArea) -> None:
    store(ct_instance(StudyID="1", StudyDate="20260105", StudyTime="233000"), area=area)
    here = "StudyDate=20260106&StudyTime=0000-0100"
    assert study_ids(here) == set()
    assert study_ids(f"{here}&TimezoneOffsetFromUTC=%2B0100") == {"1"}
    assert study_ids("StudyDate=20260106&TimezoneOffsetFromUTC=%2B0100") == {"1"}
    assert study_ids("StudyDate=20260105&TimezoneOffsetFromUTC=%2B0100") == set()
    store(ct_instance(StudyID="2", StudyDate="20260105", StudyTime=""), area=area)
    assert study_ids("StudyDate=20260105&TimezoneOffsetFromUTC=%2B0000") == {"1", "2"}
    assert study_ids("StudyDate=00010101-99991231&TimezoneOffsetFromUTC=-1400") == {"1", "2"}


def test_computed_attributes_are_told_to_those_who_ask(area: FilesystemArea) -> None:
    study = new_uid()
    store(*ct_series(2, StudyInstanceUID=study), mr_instance(StudyInstanceUID=study), area=area)
    store(ct_instance(), area=area)
    settle()
    (row,) = ask(f"studies?StudyInstanceUID={study}&includefield=00080062,00201200,00201204")
    assert len(row["00080062"]["Value"]) == 2
    assert (row["00201200"]["Value"], row["00201204"]["Value"]) == ([2], [4])
    assert row["00080056"]["Value"] == ["ONLINE"]
    (plain,) = ask(f"studies?StudyInstanceUID={study}")
    assert "00080062" not in plain
    (full,) = ask(f"studies?StudyInstanceUID={study}&includefield=all")
    assert {"00080062", "00081032", "00101002", "00201202"} <= set(full)


def test_rejected_instances_are_absent_everywhere(area: FilesystemArea) -> None:
    study = new_uid()
    rows = store(*ct_series(2, StudyInstanceUID=study), area=area)
    Instance.objects.filter(pk=rows[0].pk).update(rejected_as="113001")
    found = ask(f"studies/{study}/instances")
    assert [row["00080018"]["Value"] for row in found] == [[rows[1].sop_instance_uid]]
    settle()
    assert ask("studies")[0]["00201208"]["Value"] == [1]
    Instance.objects.update(rejected_as="113001")
    queries.Study.objects.update(number_of_instances=0)
    assert ask("studies") == []


def test_answers_come_as_xml_too(area: FilesystemArea) -> None:
    store(ct_instance(StudyID="1"), ct_instance(StudyID="2"), area=area)
    accept = 'multipart/related; type="application/dicom+xml"'
    response = caller("radiologist").get(f"{ROOT}/studies", headers={"Accept": accept})
    assert response["Content-Type"].startswith('multipart/related; type="application/dicom+xml"')
    boundary = response["Content-Type"].rpartition("boundary=")[2].encode()
    parts = b"".join(response).split(b"--" + boundary)[1:-1]
    assert len(parts) == 2
    for part in parts:
        head, _, body = part.partition(b"\r\n\r\n")
        assert b"Content-Type: application/dicom+xml" in head
        assert ElementTree.fromstring(body).tag == f"{{{NAMESPACE}}}NativeDicomModel"


def test_what_lies_behind_a_page_is_counted_so_far_and_no_further(
    area: FilesystemArea, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(*(ct_instance() for _ in range(5)), area=area)
    monkeypatch.setattr("archive.index.queries.MOST_COUNTED", 2)
    response = caller("radiologist").get(f"{ROOT}/studies?limit=1")
    assert "There are at least 2 additional results" in response["Warning"]


def test_a_private_attribute_with_its_creator_is_passed_over(area: FilesystemArea) -> None:
    store(ct_instance(), area=area)
    response = caller("radiologist").get(f"{ROOT}/studies?00090010=ACME&00091001=x")
    assert response.status_code == 200
    assert "00091001" in response["Warning"]
