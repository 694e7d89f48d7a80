"""FHIR search through the door."""

import pytest
from fhir.resources.R4B import get_fhir_model_class

from tests.integrations.fhir.conftest import Story
from tests.support.builders import HIS, MORNING, result_facts
from tests.support.callers import caller
from tests.support.fhir import bundle, matches
from worklist.results.services import file_result

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("identifier=P1", True),
        ("identifier=GH|P1", True),
        ("identifier=urn:id:GH|P1", True),
        ("identifier=urn:oid:1.2|P1", False),
        ("identifier=P2,P1", True),
        ("identifier=P2", False),
        ("name=doe", True),
        ("name=JAN", True),
        ("name=ane", False),
        ("name:contains=ane", True),
        ("family=Do", True),
        ("family:exact=do", False),
        ("given=jane&family=doe", True),
        ("given=john&family=doe", False),
        ("birthdate=1970-01-01", True),
        ("birthdate=1970", True),
        ("birthdate=ge1970-01-01&birthdate=lt1971", True),
        ("birthdate=gt1970-01-01", False),
        ("birthdate=ne1970-01-01", False),
        ("gender=female", True),
        ("gender=male,other", False),
        ("_id={patient}", True),
        ("_id=999999", False),
        ("active=true", True),
        ("_lastUpdated=gt2020-01-01T00:00:00Z", True),
        ("_lastUpdated=lt2020", False),
    ],
)
def test_patients(story: Story, query: str, found: bool) -> None:
    result = bundle(caller("integrator"), f"Patient?{query.format(patient=story.patient.pk)}")
    assert matches(result) == ([f"Patient/{story.patient.pk}"] if found else [])
    assert result["total"] == int(found)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("identifier={accession}", True),
        ("identifier=PL1", True),
        ("identifier=HIS|PL1", True),
        ("identifier=urn:id:HIS|PL1", True),
        ("identifier=OTHER|PL1", False),
        ("identifier=FI1", True),
        ("patient={patient}", True),
        ("patient=Patient/{patient}", True),
        ("subject=http://elsewhere.example/fhir/Patient/{patient}", True),
        ("subject=Group/{patient}", False),
        ("patient.identifier=GH|P1", True),
        ("subject:Patient.identifier=P9", False),
        ("status=active", True),
        ("status=completed,revoked", False),
        ("code=CTHEAD", True),
        ("code=urn:id:L|CTHEAD", True),
        ("code=http://loinc.org|CTHEAD", False),
        ("authored=2026-11-24", True),
        ("authored=lt2026-11-24", False),
        ("authored=ge2026-11-24T08:00:00Z", True),
        ("_id={exam}", True),
    ],
)
def test_service_requests(story: Story, query: str, found: bool) -> None:
    names = {
        "accession": story.exam.accession_number,
        "patient": story.patient.pk,
        "exam": story.exam.pk,
    }
    result = bundle(caller("integrator"), f"ServiceRequest?{query.format(**names)}")
    assert matches(result) == ([f"ServiceRequest/{story.exam.pk}"] if found else [])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("identifier=urn:dicom:uid|urn:oid:{uid}", True),
        ("identifier=urn:oid:{uid}", True),
        ("identifier={uid}", True),
        ("identifier=urn:dicom:uid|urn:oid:1.2.3", False),
        ("identifier={accession}", True),
        ("patient={patient}", True),
        ("subject=Patient/{patient}&status=available", True),
        ("status=registered", False),
        ("patient.identifier=P1", True),
        ("basedon=ServiceRequest/{exam}", True),
        ("basedon=ServiceRequest/999", False),
        ("basedon.identifier={accession}", True),
        ("basedon:ServiceRequest.identifier=PL1", True),
        ("modality=CT", True),
        ("modality=http://dicom.nema.org/resources/ontology/DCM|CT", True),
        ("modality=MR,US", False),
        ("started=2026-01-05", True),
        ("started=2026-01", True),
        ("started=gt2026-01-05", False),
        ("started=ge2026-01-05T10:00:00Z", True),
        ("started=ge2026-01-05T12:00:00Z", False),
        ("_id={study}", True),
        ("_lastUpdated=ge2020", True),
    ],
)
def test_imaging_studies(story: Story, query: str, found: bool) -> None:
    names = {
        "uid": story.study.study_instance_uid,
        "accession": story.exam.accession_number,
        "patient": story.patient.pk,
        "exam": story.exam.pk,
        "study": story.study.pk,
    }
    result = bundle(caller("integrator"), f"ImagingStudy?{query.format(**names)}")
    assert matches(result) == ([f"ImagingStudy/{story.study.pk}"] if found else [])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("identifier={accession}", True),
        ("patient={patient}", True),
        ("subject.identifier=P1", True),
        ("status=final", True),
        ("status=amended", False),
        ("based-on=ServiceRequest/{exam}", True),
        ("based-on.identifier=PL1", True),
        ("issued=2026-11-24", True),
        ("issued=eb2026-11-24", False),
        ("_id={exam}", True),
    ],
)
def test_diagnostic_reports(story: Story, query: str, found: bool) -> None:
    names = {
        "accession": story.exam.accession_number,
        "patient": story.patient.pk,
        "exam": story.exam.pk,
    }
    result = bundle(caller("integrator"), f"DiagnosticReport?{query.format(**names)}")
    assert matches(result) == ([f"DiagnosticReport/{story.exam.pk}"] if found else [])


def test_only_the_newest_version_of_a_report_is_one(story: Story) -> None:
    from_ris = result_facts(story.exam, text="Small haemorrhage.", reported_at=MORNING)
    file_result(result=from_ris, patient=story.patient, origin=HIS)
    found = bundle(caller("integrator"), f"DiagnosticReport?patient={story.patient.pk}")
    (entry,) = found["entry"]
    assert entry["resource"]["status"] == "amended"
    assert entry["resource"]["conclusion"] == "Small haemorrhage."


@pytest.mark.parametrize(
    "query",
    [
        "Patient?birthdate=yesterday",
        "Patient?birthdate=2026-13-01",
        "Patient?birthdate=9999-12-31T25:00",
        "Patient?birthdate=0001-01-01",
        "Patient?birthdate=9999-12-31",
        "Patient?name=do%00e",
        "Patient?identifier=" + ",".join(["P1"] * 201),
        "Patient?" + "&".join(["name=doe"] * 31),
        "Patient?_count=many",
        "Patient?_cursor=x",
        "Patient?name:phonetic=doe",
        "Patient?identifier:of-type=x",
        "ServiceRequest?authored=1",
    ],
)
def test_a_search_that_makes_no_sense_is_refused(query: str) -> None:
    response = caller("integrator").get(f"/fhir/{query}")
    assert response.status_code == 400
    get_fhir_model_class("OperationOutcome").model_validate(response.json())
