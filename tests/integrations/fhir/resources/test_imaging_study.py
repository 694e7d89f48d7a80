"""ImagingStudy and Endpoint: valid R4, and say what they should."""

import pytest

from archive.store.models import StudyState
from integrations.fhir.resources.imaging_study import STATUS_OF
from tests.integrations.fhir.conftest import Story
from tests.support.fhir import REQUIRED, read

pytestmark = pytest.mark.django_db


def test_an_imaging_study_names_its_objects_and_where_they_are(story: Story) -> None:
    found = read("ImagingStudy", story.study.pk)
    uid, accession = found["identifier"]
    assert uid["system"] == "urn:dicom:uid"
    assert uid["value"] == f"urn:oid:{story.study.study_instance_uid}"
    assert accession["type"]["coding"][0]["code"] == "ACSN"
    assert accession["value"] == story.exam.accession_number
    assert found["status"] == "available"
    assert (found["numberOfSeries"], found["numberOfInstances"]) == (1, 3)
    assert [each["code"] for each in found["modality"]] == ["CT"]
    assert found["basedOn"] == [{"reference": f"ServiceRequest/{story.exam.pk}"}]
    assert len(found["series"][0]["instance"]) == 3
    assert found["series"][0]["instance"][0]["sopClass"]["code"].startswith("urn:oid:1.2.840")
    assert found["started"].startswith("2026-01-05T10:15:00")
    where = read(*found["endpoint"][0]["reference"].split("/"))
    assert where["connectionType"]["code"] == "dicom-wado-rs"
    assert where["address"].endswith("/dicom-web")


def test_every_state_of_a_study_has_its_word() -> None:
    assert set(STATUS_OF) == set(StudyState.values)
    assert set(STATUS_OF.values()) <= REQUIRED["ImagingStudy.status"]
