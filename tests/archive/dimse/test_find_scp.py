"""Queries for what the archive holds, over a real association."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset
from pynetdicom.sop_class import PatientRootQueryRetrieveInformationModelFind
from pytest_django import Settings

from tests.support.datasets import ct_instance, new_uid
from tests.support.dicom_door import open_door
from tests.support.peers.modality import Modality

PATIENT_ROOT = PatientRootQueryRetrieveInformationModelFind
pytestmark = pytest.mark.django_db(transaction=True)


def query(level: str, **keys: Any) -> Dataset:
    """Return an identifier."""
    ds = Dataset()
    ds.QueryRetrieveLevel = level
    for keyword, value in keys.items():
        setattr(ds, keyword, value)
    return ds


def test_a_study_is_found_by_each_of_its_keys(settings: Settings, tmp_path: Path) -> None:
    sent = ct_instance(PatientName="Doe^Jane", PatientID="P1", AccessionNumber="A1")
    other = ct_instance(PatientName="Roe^Richard", PatientID="P2", AccessionNumber="A2")
    with open_door(settings, tmp_path) as port:
        modality = Modality(port)
        modality.store(sent, other)
        for keys in (
            {"PatientID": "P1"},
            {"PatientName": "doe*"},
            {"AccessionNumber": "A1"},
            {"StudyInstanceUID": sent.StudyInstanceUID},
        ):
            wanted = {"StudyInstanceUID": "", "NumberOfStudyRelatedInstances": "", **keys}
            status, found = modality.find(query("STUDY", **wanted))
            assert (status, len(found)) == (0x0000, 1), keys
            assert found[0].StudyInstanceUID == sent.StudyInstanceUID
            assert found[0].NumberOfStudyRelatedInstances == 1
            assert found[0].RetrieveAETitle == "PACSHUB"
        assert len(modality.find(query("STUDY", PatientID=""))[1]) == 2
        assert modality.find(query("STUDY", PatientID="P9")) == (0x0000, [])


def test_levels_lead_down_to_the_image(settings: Settings, tmp_path: Path) -> None:
    study, series = new_uid(), new_uid()
    sent = [
        ct_instance(StudyInstanceUID=study, SeriesInstanceUID=series, InstanceNumber=str(n))
        for n in (2, 1)
    ]
    with open_door(settings, tmp_path) as port:
        modality = Modality(port)
        modality.store(*sent)
        _, patients = modality.find(
            query("PATIENT", PatientID="", PatientName=""), model=PATIENT_ROOT
        )
        _, found = modality.find(
            query("SERIES", StudyInstanceUID=study, SeriesInstanceUID="", Modality="")
        )
        _, images = modality.find(
            query(
                "IMAGE",
                StudyInstanceUID=study,
                SeriesInstanceUID=series,
                SOPInstanceUID="",
                InstanceNumber="",
            )
        )
    assert [p.PatientID for p in patients] == ["P100"]
    assert [(s.SeriesInstanceUID, s.Modality) for s in found] == [(series, "CT")]
    assert [image.InstanceNumber for image in images] == [1, 2]


@pytest.mark.parametrize(
    "bad",
    [
        query("", PatientID=""),
        query("ROOM", PatientID=""),
        query("SERIES", SeriesInstanceUID=""),
        query("IMAGE", StudyInstanceUID="1.2.3"),
        query("STUDY", StudyDate="yesterday"),
        query("PATIENT", PatientID=""),
        query("SERIES", StudyInstanceUID=["1.2.3", "1.2.4"]),
        query("IMAGE", StudyInstanceUID="1.2.3", SeriesInstanceUID=["1.2.4", "1.2.5"]),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(
    settings: Settings, tmp_path: Path, bad: Dataset
) -> None:
    with open_door(settings, tmp_path) as port:
        assert Modality(port).find(bad) == (0xA900, [])
