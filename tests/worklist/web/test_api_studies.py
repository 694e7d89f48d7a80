"""Studies and cases over REST: what was linked, what waits, and deciding it by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from archive.models import Study
from tests.support.builders import CT1, an_exam
from tests.support.callers import caller
from tests.support.datasets import ct_instance
from tests.support.stored import area_in, settle, store
from worklist.models import Exam, StudyMatch
from worklist.reconcile.services import reconcile_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def stored(tmp_path: Path, settings: Settings) -> Any:
    area = area_in(tmp_path, settings)

    def file(**attributes: Any) -> Study:
        values = {"PatientID": "P1", "PatientName": "DOE^JANE", "PatientBirthDate": "19700101"}
        (instance,) = store(ct_instance(PatientSex="F", **(values | attributes)), area=area)
        settle()
        reconcile_study(study_id=instance.study_id, origin=CT1)
        return Study.objects.get(pk=instance.study_id)

    return file


def of_exam(exam: Exam) -> dict[str, str]:
    return {
        "StudyInstanceUID": exam.study_instance_uid,
        "AccessionNumber": exam.accession_number,
    }


def test_a_linked_study_names_its_exam_and_opens_in_the_viewer(stored: Any) -> None:
    exam = an_exam()
    study = stored(**of_exam(exam))
    (shown,) = caller("radiologist").get("/api/studies/").json()["results"]
    assert shown["link_status"] == "linked"
    assert shown["exam"] == str(exam.pk)
    assert shown["patient"]["identifiers"] == [{"value": "P1", "issuer": "GH"}]
    assert shown["modalities"] == ["CT"]
    shown = caller("radiologist").get(f"/api/exams/{exam.pk}/").json()
    assert shown["image_status"] == "received"
    assert shown["viewer_url"].endswith(f"StudyInstanceUIDs={study.study_instance_uid}")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("link_status=unmatched", 1),
        ("link_status=linked", 0),
        ("patient_id=P1", 1),
        ("accession_number=NONE", 0),
        ("exam=1", 0),
    ],
)
def test_each_filter_narrows_the_studies(stored: Any, query: str, found: int) -> None:
    stored(AccessionNumber="")
    answer = caller("admin").get(f"/api/studies/?{query}")
    assert answer.json()["count"] == found


def test_a_study_is_found_by_id_and_by_its_uid(stored: Any) -> None:
    study = stored()
    for name in (study.pk, study.study_instance_uid):
        shown = caller("admin").get(f"/api/studies/{name}/").json()
        assert shown["study_instance_uid"] == study.study_instance_uid
    assert caller("admin").get("/api/studies/1.2.3/").status_code == 404


def test_the_study_list_costs_the_same_for_one_and_for_many(
    stored: Any, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = caller("admin")
    for number in range(5):
        stored(AccessionNumber=f"X{number}", PatientID=f"P{number}")
    with django_assert_max_num_queries(7):
        assert client.get("/api/studies/").json()["count"] == 5


def test_a_case_shows_the_study_and_is_resolved_by_linking_it(stored: Any) -> None:
    exam = an_exam()
    stored(AccessionNumber="")
    client = caller("technologist")
    (case,) = client.get("/api/reconciliation/").json()["results"]
    assert (case["kind"], case["state"], case["priority"]) == ("unmatched", "open", "normal")
    body = {"action": "link", "exam": exam.pk, "reason": "the patient says so"}
    place = f"/api/reconciliation/{case['id']}/resolve/"
    answer = client.post(place, body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    assert answer.json()["state"] == "resolved"
    assert client.get("/api/reconciliation/").json()["count"] == 0
    assert StudyMatch.objects.get().exam_id == exam.pk


def test_a_study_that_contradicts_its_exam_tells_the_differences(stored: Any) -> None:
    exam = an_exam()
    other = {"PatientID": "P9", "PatientName": "ROE^RICHARD", "PatientBirthDate": "19510505"}
    stored(**of_exam(exam), **other)
    (case,) = caller("admin").get("/api/reconciliation/").json()["results"]
    assert (case["kind"], case["priority"]) == ("conflict", "high")
    assert case["candidates"][0]["exam"] == str(exam.pk)
    assert set(case["candidates"][0]) == {"exam", "score", "rule", "reasons", "gates"}
    assert set(case["differences"][0]) == {"attribute", "received", "expected"}


def test_a_study_is_linked_and_taken_away_again(stored: Any) -> None:
    exam = an_exam()
    study = stored(AccessionNumber="")
    client = caller("technologist")
    body = {"exam": exam.pk, "reason": "phoned the ward"}
    place = f"/api/studies/{study.study_instance_uid}"
    assert client.post(f"{place}/link/", body, content_type="application/json").status_code == 200
    again = client.post(f"{place}/link/", body, content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (409, "study-already-linked")
    answer = client.post(f"{place}/unlink/", {"reason": "no"}, content_type="application/json")
    assert answer.json()["link_status"] == "unmatched"


def test_linking_without_saying_why_is_refused(stored: Any) -> None:
    study = stored(AccessionNumber="")
    answer = caller("admin").post(
        f"/api/studies/{study.pk}/link/", {"exam": 1}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["field"]) == (400, "reason")


def test_a_radiologist_looks_at_studies_but_links_none(stored: Any) -> None:
    study = stored(AccessionNumber="")
    client = caller("radiologist")
    assert client.get("/api/studies/").status_code == 200
    assert client.get("/api/reconciliation/").status_code == 403
    body = {"exam": 1, "reason": "because"}
    place = f"/api/studies/{study.pk}/link/"
    assert client.post(place, body, content_type="application/json").status_code == 403


def test_a_referrer_sees_the_studies_of_their_own_exams_alone(stored: Any) -> None:
    own = stored(**of_exam(an_exam()))
    stored(AccessionNumber="", PatientID="P2")
    client = caller("referrer", provider_id="D7")
    (shown,) = client.get("/api/studies/").json()["results"]
    assert shown["study_instance_uid"] == own.study_instance_uid
