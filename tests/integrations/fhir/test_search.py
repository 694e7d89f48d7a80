"""FHIR search through the door."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from fhir.resources.R4B import get_fhir_model_class
from pytest_django import Settings

from archive.patients.rules import Identifier
from tests.integrations.fhir.conftest import Caller, Story, images_of
from tests.support.builders import HIS, MORNING, a_patient, an_exam, result_facts
from worklist.models import Exam, StudyMatch
from worklist.results.services import file_result

pytestmark = pytest.mark.django_db


def bundle(client: Client, query: str, **headers: str) -> dict[str, Any]:
    response = client.get(f"/fhir/{query}", headers=headers)
    assert response.status_code == 200, response.content
    found: dict[str, Any] = response.json()
    get_fhir_model_class("Bundle").model_validate(found)
    return found


def matches(found: dict[str, Any]) -> list[str]:
    return [
        f"{e['resource']['resourceType']}/{e['resource']['id']}"
        for e in found.get("entry", [])
        if e["search"]["mode"] == "match"
    ]


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
def test_patients(story: Story, caller: Caller, query: str, found: bool) -> None:
    result = bundle(caller(), f"Patient?{query.format(patient=story.patient.pk)}")
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
def test_service_requests(story: Story, caller: Caller, query: str, found: bool) -> None:
    names = {
        "accession": story.exam.accession_number,
        "patient": story.patient.pk,
        "exam": story.exam.pk,
    }
    result = bundle(caller(), f"ServiceRequest?{query.format(**names)}")
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
def test_imaging_studies(story: Story, caller: Caller, query: str, found: bool) -> None:
    names = {
        "uid": story.study.study_instance_uid,
        "accession": story.exam.accession_number,
        "patient": story.patient.pk,
        "exam": story.exam.pk,
        "study": story.study.pk,
    }
    result = bundle(caller(), f"ImagingStudy?{query.format(**names)}")
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
def test_diagnostic_reports(story: Story, caller: Caller, query: str, found: bool) -> None:
    names = {
        "accession": story.exam.accession_number,
        "patient": story.patient.pk,
        "exam": story.exam.pk,
    }
    result = bundle(caller(), f"DiagnosticReport?{query.format(**names)}")
    assert matches(result) == ([f"DiagnosticReport/{story.exam.pk}"] if found else [])


def test_only_the_newest_version_of_a_report_is_one(story: Story, caller: Caller) -> None:
    from_ris = result_facts(story.exam, text="Small haemorrhage.", reported_at=MORNING)
    file_result(result=from_ris, patient=story.patient, origin=HIS)
    found = bundle(caller(), f"DiagnosticReport?patient={story.patient.pk}")
    (entry,) = found["entry"]
    assert entry["resource"]["status"] == "amended"
    assert entry["resource"]["conclusion"] == "Small haemorrhage."


def test_includes_come_once_each(story: Story, caller: Caller) -> None:
    found = bundle(
        caller(),
        "ImagingStudy?_include=ImagingStudy:basedon&_include=ImagingStudy:endpoint"
        "&_include=ImagingStudy:patient:Patient",
    )
    included = [e["resource"] for e in found["entry"] if e["search"]["mode"] == "include"]
    assert sorted(r["resourceType"] for r in included) == ["Endpoint", "Patient", "ServiceRequest"]


def test_an_include_the_role_may_not_read_is_left_out(story: Story, caller: Caller) -> None:
    found = bundle(caller("technologist"), "ImagingStudy?_include=ImagingStudy:patient")
    assert len(found["entry"]) == 2
    billing = caller("billing").get("/fhir/ImagingStudy")
    assert billing.status_code == 403


def test_pages_follow_each_other_even_when_rows_come_in_between(caller: Caller) -> None:
    for number in range(5):
        a_patient(identifiers=(Identifier(value=f"N{number}", issuer="GH"),))
    client = caller()
    seen: list[str] = []
    url = "/fhir/Patient?_count=2&name=doe"
    while url:
        found = client.get(url).json()
        assert found["total"] >= 5
        seen += matches(found)
        a_patient(identifiers=(Identifier(value=f"late{len(seen)}", issuer="GH"),))
        links = {link["relation"]: link["url"] for link in found["link"]}
        url = links.get("next", "")
        assert "_count=2" in links["self"]
    assert len(seen) == len(set(seen)) == 5


def test_a_count_alone_can_be_asked_for(story: Story, caller: Caller) -> None:
    for query in ("_summary=count", "_count=0"):
        found = bundle(caller(), f"Patient?{query}")
        assert found["total"] == 1
        assert "entry" not in found


def test_posting_a_search_keeps_identifiers_out_of_the_address(
    story: Story, caller: Caller
) -> None:
    response = caller("radiologist").post("/fhir/Patient/_search", {"identifier": "GH|P1"})
    assert matches(response.json()) == [f"Patient/{story.patient.pk}"]


def test_an_unknown_parameter_is_told_of_or_refused_as_the_caller_prefers(
    story: Story, caller: Caller
) -> None:
    found = bundle(caller(), "Patient?shoe-size=43&_include=Patient:shoe")
    (told,) = [e["resource"] for e in found["entry"] if e["search"]["mode"] == "outcome"]
    assert told["resourceType"] == "OperationOutcome"
    assert len(told["issue"]) == 2
    strict = caller().get("/fhir/Patient?shoe-size=43", headers={"Prefer": "handling=strict"})
    assert strict.status_code == 400
    assert strict.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize(
    "query",
    [
        "Patient?birthdate=yesterday",
        "Patient?birthdate=2026-13-01",
        "Patient?birthdate=9999-12-31T25:00",
        "Patient?_count=many",
        "Patient?_cursor=x",
        "Patient?name:phonetic=doe",
        "Patient?identifier:of-type=x",
        "ServiceRequest?authored=1",
    ],
)
def test_a_search_that_makes_no_sense_is_refused(caller: Caller, query: str) -> None:
    response = caller().get(f"/fhir/{query}")
    assert response.status_code == 400
    get_fhir_model_class("OperationOutcome").model_validate(response.json())


def test_a_study_that_is_not_linked_is_nobodys_business(story: Story, caller: Caller) -> None:
    StudyMatch.objects.update(state="unmatched")
    client = caller()
    assert matches(bundle(client, "ImagingStudy")) == []
    assert client.get(f"/fhir/ImagingStudy/{story.study.pk}").status_code == 404
    report = client.get(f"/fhir/DiagnosticReport/{story.exam.pk}").json()
    assert "imagingStudy" not in report


def test_a_referrer_sees_their_own_in_every_type(story: Story, caller: Caller) -> None:
    mine, other = caller("referrer", "D7"), caller("referrer", "D8")
    places = {
        "Patient": story.patient.pk,
        "ServiceRequest": story.exam.pk,
        "ImagingStudy": story.study.pk,
        "DiagnosticReport": story.exam.pk,
    }
    for kind, key in places.items():
        assert matches(bundle(mine, kind)) == [f"{kind}/{key}"]
        assert matches(bundle(other, kind)) == []
        assert mine.get(f"/fhir/{kind}/{key}").status_code == 200
        assert other.get(f"/fhir/{kind}/{key}").status_code == 404


def test_a_page_costs_the_same_however_long_it_is(
    story: Story,
    caller: Caller,
    tmp_path: Path,
    settings: Settings,
    django_assert_max_num_queries: Any,
) -> None:
    client = caller()
    counts = {}
    for kind in ("Patient", "ServiceRequest", "ImagingStudy", "DiagnosticReport"):
        with django_assert_max_num_queries(12) as captured:
            bundle(client, f"{kind}?_include={kind}:patient")
        counts[kind] = len(captured)
    for number in range(3):
        exam = an_exam(
            patient=story.patient,
            placer_order_number=f"more{number}",
            event_at=MORNING + timedelta(minutes=number),
        )
        images_of(exam, tmp_path / "objects", settings, count=1)
    assert Exam.objects.count() == 4
    for kind, cost in counts.items():
        with django_assert_max_num_queries(cost):
            bundle(client, f"{kind}?_include={kind}:patient")
