"""Pages, includes and what a caller may see of them."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from archive.patients.rules import Identifier
from tests.integrations.fhir.conftest import Story, images_of
from tests.support.builders import MORNING, a_patient, an_exam
from tests.support.callers import caller
from tests.support.fhir import bundle, matches
from worklist.models import Exam, StudyMatch

pytestmark = pytest.mark.django_db


def test_includes_come_once_each(story: Story) -> None:
    found = bundle(
        caller("integrator"),
        "ImagingStudy?_include=ImagingStudy:basedon&_include=ImagingStudy:endpoint"
        "&_include=ImagingStudy:patient:Patient",
    )
    included = [e["resource"] for e in found["entry"] if e["search"]["mode"] == "include"]
    assert sorted(r["resourceType"] for r in included) == ["Endpoint", "Patient", "ServiceRequest"]


def test_an_include_the_role_may_not_read_is_left_out(story: Story) -> None:
    found = bundle(caller("technologist"), "ImagingStudy?_include=ImagingStudy:patient")
    assert len(found["entry"]) == 2
    billing = caller("billing").get("/fhir/ImagingStudy")
    assert billing.status_code == 403


def test_pages_follow_each_other_even_when_rows_come_in_between() -> None:
    for number in range(5):
        a_patient(identifiers=(Identifier(value=f"N{number}", issuer="GH"),))
    client = caller("integrator")
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


def test_a_count_alone_can_be_asked_for(story: Story) -> None:
    for query in ("_summary=count", "_count=0"):
        found = bundle(caller("integrator"), f"Patient?{query}")
        assert found["total"] == 1
        assert "entry" not in found


def test_posting_a_search_keeps_identifiers_out_of_the_address(story: Story) -> None:
    response = caller("radiologist").post("/fhir/Patient/_search", {"identifier": "GH|P1"})
    assert matches(response.json()) == [f"Patient/{story.patient.pk}"]


def test_an_unknown_parameter_is_told_of_or_refused_as_the_caller_prefers(story: Story) -> None:
    found = bundle(caller("integrator"), "Patient?shoe-size=43&_include=Patient:shoe")
    (told,) = [e["resource"] for e in found["entry"] if e["search"]["mode"] == "outcome"]
    assert told["resourceType"] == "OperationOutcome"
    assert len(told["issue"]) == 2
    strict = caller("integrator").get(
        "/fhir/Patient?shoe-size=43", headers={"Prefer": "handling=strict"}
    )
    assert strict.status_code == 400
    assert strict.json()["resourceType"] == "OperationOutcome"


def test_a_study_that_is_not_linked_is_nobodys_business(story: Story) -> None:
    StudyMatch.objects.update(state="unmatched")
    client = caller("integrator")
    assert matches(bundle(client, "ImagingStudy")) == []
    assert client.get(f"/fhir/ImagingStudy/{story.study.pk}").status_code == 404
    report = client.get(f"/fhir/DiagnosticReport/{story.exam.pk}").json()
    assert "imagingStudy" not in report


def test_a_referrer_sees_their_own_in_every_type(story: Story) -> None:
    mine, other = caller("referrer", provider_id="D7"), caller("referrer", provider_id="D8")
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
    tmp_path: Path,
    settings: Settings,
    django_assert_max_num_queries: Any,
) -> None:
    client = caller("integrator")
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
