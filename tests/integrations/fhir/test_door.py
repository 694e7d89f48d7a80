"""The FHIR door: who may, in which format, and what it says of itself."""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory
from fhir.resources.R4B import get_fhir_model_class

from integrations.fhir.outcome import ANSWER_OF, answer_to
from integrations.fhir.web.door import telling
from pacs_hub.access.models import RefusedCaller
from pacs_hub.audit.models import AuditRow
from pacs_hub.kernel.errors import FAMILIES, Conflict, HubError, Malformed, Unavailable, Unknown
from tests.integrations.fhir.conftest import Story
from tests.support.callers import caller

pytestmark = pytest.mark.django_db


def statement() -> dict[str, Any]:
    response = Client().get("/fhir/metadata")
    assert response.status_code == 200
    body: dict[str, Any] = response.json()
    return body


def test_the_statement_is_valid_and_says_r4() -> None:
    get_fhir_model_class("CapabilityStatement").model_validate(statement())
    assert statement()["fhirVersion"] == "4.0.1"


def test_the_statement_is_true(story: Story) -> None:
    client = caller("integrator")
    for resource in statement()["rest"][0]["resource"]:
        offers = {each["code"] for each in resource["interaction"]}
        search = client.get(f"/fhir/{resource['type']}")
        assert (search.status_code == 200) is ("search-type" in offers)
        for parameter in resource.get("searchParam", []):
            value = "2026" if parameter["type"] == "date" else "1"
            url = f"/fhir/{resource['type']}?{parameter['name']}={value}"
            strict = client.get(url, headers={"Prefer": "handling=strict"})
            assert strict.status_code == 200, parameter
        for include in resource.get("searchInclude", []):
            url = f"/fhir/{resource['type']}?_include={include}"
            assert client.get(url, headers={"Prefer": "handling=strict"}).status_code == 200


def test_the_table_of_outcomes_has_a_row_for_every_family() -> None:
    assert set(ANSWER_OF) == set(FAMILIES)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Malformed("x"), 400, "invalid"),
        (Unknown("x"), 404, "not-found"),
        (Conflict("x"), 409, "conflict"),
        (Unavailable("x"), 503, "transient"),
    ],
)
def test_an_error_is_an_outcome(error: HubError, status: int, code: str) -> None:
    got, body = answer_to(error)
    assert (got, body["issue"][0]["code"]) == (status, code)
    get_fhir_model_class("OperationOutcome").model_validate(body)


@pytest.mark.parametrize("path", ["Patient", "Patient/1", "Nothing", "Endpoint/wado-rs", "a/b/c"])
def test_a_stranger_is_asked_who_they_are(path: str) -> None:
    response = Client().get(f"/fhir/{path}")
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert response.json()["issue"][0]["code"] == "login"


def test_the_wrong_role_is_refused_and_written_down() -> None:
    response = caller("scheduler").get("/fhir/DiagnosticReport")
    assert response.status_code == 403
    assert response.json()["issue"][0]["code"] == "forbidden"
    assert RefusedCaller.objects.get().asked_for == "read reports"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("Observation", "not-supported"),
        ("Observation/1", "not-supported"),
        ("Patient/999", "not-found"),
        ("Patient/abc", "not-found"),
        ("Patient/" + "9" * 30, "not-found"),
        ("Endpoint/other", "not-found"),
        ("Patient/1/_history/2", "not-supported"),
    ],
)
def test_what_is_not_here_is_404(path: str, code: str) -> None:
    response = caller("integrator").get(f"/fhir/{path}")
    assert response.status_code == 404
    assert response.json()["issue"][0]["code"] == code


@pytest.mark.parametrize(
    ("accept", "query", "status"),
    [
        ("application/fhir+json", "", 200),
        ("application/json;q=0.9, application/xml", "", 200),
        ("*/*", "", 200),
        ("application/fhir+xml", "", 406),
        ("application/fhir+xml", "_format=json", 200),
        ("application/fhir+json", "_format=xml", 406),
    ],
)
def test_json_is_the_format(accept: str, query: str, status: int) -> None:
    response = caller("integrator").get(f"/fhir/Patient?{query}", headers={"Accept": accept})
    assert response.status_code == status
    assert response["Content-Type"] == "application/fhir+json"


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_writing_is_not_offered_yet(method: str) -> None:
    for path in ("/fhir/Patient", "/fhir/Patient/1"):
        response = getattr(caller("admin"), method)(path, content_type="application/fhir+json")
        assert response.status_code == 405
        assert response["Allow"] == "GET"


def test_reading_and_searching_leave_audit_rows(story: Story) -> None:
    client = caller("integrator")
    client.get(f"/fhir/ImagingStudy/{story.study.pk}")
    client.get("/fhir/Patient?name=doe")
    rows = AuditRow.objects.filter(detail__startswith="FHIR").order_by("pk")
    assert [(r.action, r.object_type, r.patient_id) for r in rows] == [
        ("view", "study", story.patient.pk),
        ("query", "patient", None),
    ]


def test_a_database_that_is_away_is_503() -> None:
    def view(request: object) -> None:
        raise OperationalError("database is locked")

    response = telling(view)(RequestFactory().get("/fhir/Patient"))  # type: ignore[arg-type]
    assert response.status_code == 503
