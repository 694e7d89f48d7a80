"""The exam over REST: its shape, its filters, its timeline, and moving it on by hand."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from pacs_hub.audit.models import AuditRow
from tests.support.builders import a_patient, an_exam
from tests.support.callers import caller, person
from worklist.models import Exam

pytestmark = pytest.mark.django_db

KEYS = {
    "id",
    "accession_number",
    "issuer_of_accession_number",
    "placer_order_number",
    "filler_order_number",
    "requested_procedure_id",
    "study_instance_uid",
    "patient",
    "procedure",
    "modality",
    "station_ae_title",
    "status",
    "report_status",
    "charge_status",
    "image_status",
    "number_of_instances",
    "inferred",
    "milestones",
    "viewer_url",
}
MILESTONES = {
    "ordered_at",
    "scheduled_for",
    "arrived_at",
    "started_at",
    "completed_at",
    "first_image_at",
    "last_image_at",
    "linked_at",
    "reported_at",
    "charged_at",
    "charge_acknowledged_at",
}


def exams_of(client: Client, query: str = "") -> list[dict[str, object]]:
    answer = client.get(f"/api/exams/?{query}")
    assert answer.status_code == 200, answer.content
    results: list[dict[str, object]] = answer.json()["results"]
    return results


def test_an_exam_has_the_promised_shape() -> None:
    exam = an_exam()
    (shown,) = exams_of(caller("admin"))
    assert set(shown) >= KEYS
    assert set(shown["milestones"]) == MILESTONES  # type: ignore[call-overload]
    assert shown["id"] == str(exam.pk)
    assert shown["patient"] == {
        "id": str(exam.patient_id),
        "name": "DOE^JANE",
        "birth_date": "1970-01-01",
        "sex": "F",
        "identifiers": [{"value": "P1", "issuer": "GH"}],
    }
    assert shown["procedure"] == {"code": "CTHEAD", "scheme": "L", "name": exam.procedure_name}
    assert shown["viewer_url"] is None
    assert shown["status"] == "scheduled"


def test_a_list_is_cut_into_pages() -> None:
    for number in range(3):
        an_exam(placer_order_number=f"P{number}")
    page = caller("admin").get("/api/exams/?page_size=2").json()
    assert page["count"] == 3
    assert len(page["results"]) == 2
    assert page["previous"] is None
    assert "page=2" in page["next"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("patient_id=P1", 1),
        ("patient_id=P2", 0),
        ("status=scheduled", 1),
        ("status=completed", 0),
        ("charge_status=none", 1),
        ("charge_status=sent", 0),
        ("modality=CT", 1),
        ("modality=MR", 0),
        ("date=2026-11-24", 1),
        ("date=2026-11-25", 0),
        ("has_images=true", 0),
        ("has_images=false", 1),
        ("q=doe", 1),
        ("q=P100", 1),
        ("q=roe", 0),
    ],
)
def test_each_filter_narrows_the_list(query: str, found: int) -> None:
    an_exam()
    assert len(exams_of(caller("admin"), query)) == found


def test_an_accession_number_finds_its_exam() -> None:
    exam = an_exam()
    an_exam(placer_order_number="P101")
    (shown,) = exams_of(caller("integrator"), f"accession_number={exam.accession_number}")
    assert shown["id"] == str(exam.pk)


@pytest.mark.parametrize(
    ("query", "field"),
    [("date=yesterday", "date"), ("status=lost", "status"), ("has_images=2", "has_images")],
)
def test_a_wrong_filter_names_its_field(query: str, field: str) -> None:
    answer = caller("admin").get(f"/api/exams/?{query}")
    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "message", "field"}
    assert answer.json()["field"] == field


def test_a_list_costs_the_same_for_one_exam_and_for_many(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client = caller("admin")
    for number in range(10):
        an_exam(placer_order_number=f"P{number}")
    with django_assert_max_num_queries(7):
        assert len(exams_of(client)) == 10


def test_a_timeline_tells_who_did_what_through_which_door() -> None:
    exam = an_exam()
    line = caller("admin").get(f"/api/exams/{exam.pk}/timeline/").json()["results"][0]
    assert {"at", "kind", "text", "actor", "door", "source_kind", "source_id"} <= set(line)
    assert (line["actor"], line["door"]) == ("HIS", "hl7")
    assert (line["source_kind"], line["source_id"]) == ("hl7", "1")


def test_an_exam_is_moved_from_arrived_to_completed_by_hand() -> None:
    exam = an_exam()
    client = caller("technologist")
    for step, status in (
        ("arrive", "arrived"),
        ("start", "in_progress"),
        ("complete", "completed"),
    ):
        answer = client.post(f"/api/exams/{exam.pk}/{step}/")
        assert answer.status_code == 200, answer.content
        assert answer.json()["status"] == status
    changes = AuditRow.objects.filter(action="update", object_type="exam", door="http")
    assert list(changes.order_by("pk").values_list("detail", flat=True)) == [
        "arrived",
        "in_progress",
        "completed",
    ]


@pytest.mark.parametrize(("step", "status"), [("cancel", "cancelled"), ("no-show", "no_show")])
def test_an_exam_that_never_began_is_called_off(step: str, status: str) -> None:
    exam = an_exam()
    answer = caller("scheduler").post(f"/api/exams/{exam.pk}/{step}/")
    assert answer.json()["status"] == status


def test_a_move_the_state_forbids_is_a_conflict_in_words() -> None:
    exam = an_exam()
    client = caller("scheduler")
    client.post(f"/api/exams/{exam.pk}/cancel/")
    answer = client.post(f"/api/exams/{exam.pk}/arrive/")
    assert answer.status_code == 409
    assert answer.json()["code"]
    assert "Doe" not in answer.json()["message"].title()


def test_what_is_not_there_is_404_in_json() -> None:
    answer = caller("admin").get("/api/exams/4711/")
    assert (answer.status_code, answer.json()["code"]) == (404, "no-such-exam")


def test_a_stranger_is_told_to_sign_in() -> None:
    exam = an_exam()
    for place in ("/api/exams/", f"/api/exams/{exam.pk}/", f"/api/exams/{exam.pk}/timeline/"):
        answer = Client().get(place)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("role", ["billing", "auditor", "radiologist", "referrer"])
def test_a_role_that_may_only_look_cannot_move_an_exam(role: str) -> None:
    exam = an_exam()
    answer = caller(role, provider_id="D7").post(f"/api/exams/{exam.pk}/arrive/")
    assert (answer.status_code, answer.json()["code"]) == (403, "role-not-allowed")
    assert Exam.objects.get().status == "scheduled"


def test_a_referrer_sees_only_what_they_ordered() -> None:
    own = an_exam()
    other = an_exam(placer_order_number="P101", ordering_provider_id="D8")
    client = caller("referrer", provider_id="D7")
    assert [exam["id"] for exam in exams_of(client)] == [str(own.pk)]
    assert client.get(f"/api/exams/{other.pk}/").status_code == 404
    assert client.get(f"/api/exams/{other.pk}/timeline/").status_code == 404


def test_a_session_without_its_csrf_token_changes_nothing() -> None:
    exam = an_exam()
    browser = person("technologist")
    assert browser.get(f"/api/exams/{exam.pk}/").status_code == 200
    answer = browser.post(f"/api/exams/{exam.pk}/arrive/")
    assert (answer.status_code, answer.json()["code"]) == (403, "role-not-allowed")
    assert Exam.objects.get().status == "scheduled"


def test_each_look_at_patient_data_is_written_down_once() -> None:
    exam = an_exam(patient=a_patient())
    client = caller("radiologist")
    client.get("/api/exams/")
    client.get(f"/api/exams/{exam.pk}/")
    query, view = AuditRow.objects.filter(door="http").order_by("pk")
    assert (query.action, query.object_type, query.patient_id) == ("query", "exam", None)
    assert (view.action, view.patient_id, view.role) == ("view", exam.patient_id, "radiologist")
