"""Each resource is valid R4 and says what it should."""

import base64
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from archive.patients.rules import Identifier
from integrations.fhir.resources import patient as patient_map
from integrations.fhir.resources.diagnostic_report import STATUS_OF as REPORT_STATUS
from integrations.fhir.resources.imaging_study import STATUS_OF as STUDY_STATUS
from integrations.fhir.resources.service_request import STATUS_OF as REQUEST_STATUS
from integrations.fhir.resources.terms import issuer_of, system_of
from tests.integrations.fhir.conftest import Caller, Story
from tests.support.builders import a_patient
from worklist.models import Order, Result

pytestmark = pytest.mark.django_db

# Value sets of R4 with a required binding, which fhir.resources does not check.
REQUIRED = {
    "Patient.gender": {"male", "female", "other", "unknown"},
    "ServiceRequest.status": {
        "draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown",
    },
    "ServiceRequest.priority": {"routine", "urgent", "asap", "stat"},
    "ImagingStudy.status": {
        "registered", "available", "cancelled", "entered-in-error", "unknown",
    },
    "DiagnosticReport.status": {
        "registered", "partial", "preliminary", "final", "amended", "corrected", "appended",
        "cancelled", "entered-in-error", "unknown",
    },
}  # fmt: skip


def valid(resource: dict[str, Any]) -> dict[str, Any]:
    """Return the resource after the models of R4B have read it."""
    kind = resource["resourceType"]
    get_fhir_model_class(kind).model_validate(resource)
    for name, codes in REQUIRED.items():
        owner, _, member = name.partition(".")
        if owner == kind and member in resource:
            assert resource[member] in codes
    assert _no_empty(resource)
    return resource


def _no_empty(value: Any) -> bool:
    if isinstance(value, dict):
        return bool(value) and all(_no_empty(each) for each in value.values())
    if isinstance(value, list):
        return bool(value) and all(_no_empty(each) for each in value)
    return value not in (None, "")


def read(caller: Caller, kind: str, key: object) -> dict[str, Any]:
    response = caller().get(f"/fhir/{kind}/{key}")
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/fhir+json"
    return valid(response.json())


def test_a_patient(story: Story, caller: Caller) -> None:
    found = read(caller, "Patient", story.patient.pk)
    assert found["identifier"][0]["value"] == "P1"
    assert found["identifier"][0]["system"] == "urn:id:GH"
    assert found["identifier"][0]["type"]["coding"][0]["code"] == "MR"
    assert found["name"] == [{"use": "official", "family": "DOE", "given": ["JANE"]}]
    assert (found["gender"], found["birthDate"], found["active"]) == ("female", "1970-01-01", True)


def test_a_name_in_three_scripts_is_three_names(caller: Caller) -> None:
    row = a_patient(
        name="Yamada^Tarou^^Dr^Jr=山田^太郎=やまだ^たろう",
        identifiers=(Identifier(value="J1", issuer="1.2.392.1"),),
        sex="",
        birth_date=None,
    )
    found = read(caller, "Patient", row.pk)
    assert [name["family"] for name in found["name"]] == ["Yamada", "山田", "やまだ"]
    assert found["name"][0]["prefix"] == ["Dr"]
    assert found["name"][1]["extension"][0]["valueCode"] == "IDE"
    assert found["identifier"][0]["system"] == "urn:oid:1.2.392.1"
    assert found["gender"] == "unknown"
    assert "birthDate" not in found


def test_a_service_request(story: Story, caller: Caller) -> None:
    found = read(caller, "ServiceRequest", story.exam.pk)
    kinds = {each["type"]["coding"][0]["code"]: each["value"] for each in found["identifier"]}
    assert kinds == {"PLAC": "PL1", "FILL": "FI1", "ACSN": story.exam.accession_number}
    assert (found["intent"], found["priority"]) == ("order", "stat")
    codes = {c["system"]: c["code"] for c in found["code"]["coding"]}
    assert codes["http://loinc.org"] == "30799-1"
    assert "CTHEAD" in codes.values()
    assert found["subject"]["reference"] == f"Patient/{story.patient.pk}"
    assert found["category"][0]["coding"][0]["code"] == "363679005"


@pytest.mark.parametrize("status", sorted(Order._meta.get_field("status").choices))  # type: ignore[arg-type]
def test_every_order_status_has_its_word(
    story: Story, caller: Caller, status: tuple[str, str]
) -> None:
    Order.objects.update(status=status[0])
    read(caller, "ServiceRequest", story.exam.pk)


def test_an_imaging_study_names_its_objects_and_where_they_are(
    story: Story, caller: Caller
) -> None:
    found = read(caller, "ImagingStudy", story.study.pk)
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
    where = read(caller, *found["endpoint"][0]["reference"].split("/"))
    assert where["connectionType"]["code"] == "dicom-wado-rs"
    assert where["address"].endswith("/dicom-web")


def test_a_diagnostic_report_carries_its_text(story: Story, caller: Caller) -> None:
    found = read(caller, "DiagnosticReport", story.exam.pk)
    assert found["status"] == "final"
    assert found["conclusion"] == "No haemorrhage."
    assert base64.b64decode(found["presentedForm"][0]["data"]) == b"No haemorrhage."
    assert found["imagingStudy"] == [{"reference": f"ImagingStudy/{story.study.pk}"}]
    assert found["basedOn"] == [{"reference": f"ServiceRequest/{story.exam.pk}"}]


def test_every_state_of_ours_has_a_word_in_fhir() -> None:
    assert set(REQUEST_STATUS) == {value for value, _ in Order._meta.get_field("status").choices}  # type: ignore[union-attr]
    assert set(REPORT_STATUS) == {value for value, _ in Result._meta.get_field("status").choices}  # type: ignore[union-attr]
    assert set(STUDY_STATUS) == {"receiving", "received"}
    assert set(patient_map.GENDERS.values()) <= REQUIRED["Patient.gender"]


@pytest.mark.parametrize("issuer", ["GH", "1.2.3", "urn:oid:1.2.3", "General Hospital & Co"])
def test_a_system_can_be_turned_back_into_its_issuer(issuer: str) -> None:
    assert issuer_of(system_of(issuer)) == issuer.removeprefix("urn:oid:")
