"""Peers, audit rows and the description of the API."""

from __future__ import annotations

import socket

import pytest
from django.test import Client

from pacs_hub.access.models import FhirPeer, Hl7Peer
from pacs_hub.access.services import replace_peers
from pacs_hub.audit.models import AuditRow
from tests.support.builders import an_exam
from tests.support.callers import caller, person

pytestmark = pytest.mark.django_db

CT1 = {"ae_title": "CT1", "address": ["127.0.0.1"], "may": ["store"]}
HIS = {"name": "HIS", "direction": "in", "application": "HIS", "address": ["*"]}
EMR = {"name": "EMR", "base_url": "http://127.0.0.1:1/fhir", "send": ["ImagingStudy"]}


def test_every_peer_is_listed_under_the_same_names() -> None:
    replace_peers(dicom=[CT1], hl7=[HIS], fhir=[EMR])
    shown = caller("integrator").get("/api/peers/").json()["results"]
    assert [(row["protocol"], row["name"]) for row in shown] == [
        ("dicom", "CT1"),
        ("hl7", "HIS"),
        ("fhir", "EMR"),
    ]
    assert {frozenset(row) for row in shown} == {frozenset(shown[0])}
    assert caller("admin").get(f"/api/peers/{shown[0]['id']}/").json() == shown[0]
    assert caller("admin").get("/api/peers/fhir-99/").json()["code"] == "no-such-peer"


def test_testing_a_peer_tells_the_answer_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        out = {**HIS, "direction": "out", "host": "127.0.0.1", "port": listener.getsockname()[1]}
        replace_peers(dicom=[CT1], hl7=[out], fhir=[EMR])
        peer = Hl7Peer.objects.get()
        answer = caller("admin").post(f"/api/peers/hl7-{peer.pk}/test/").json()
    assert answer["ok"] is True
    assert "took the connection" in answer["message"]
    answer = caller("admin").post(f"/api/peers/fhir-{FhirPeer.objects.get().pk}/test/").json()
    assert answer["ok"] is False
    assert "cannot be read" in answer["message"]


def test_only_an_administrator_tests_a_peer() -> None:
    replace_peers(dicom=[CT1], hl7=[], fhir=[])
    (shown,) = caller("integrator").get("/api/peers/").json()["results"]
    assert caller("integrator").post(f"/api/peers/{shown['id']}/test/").status_code == 403


def test_an_auditor_reads_who_saw_what_and_that_is_written_down_too() -> None:
    exam = an_exam()
    caller("radiologist").get(f"/api/exams/{exam.pk}/")
    client = caller("auditor")
    (row,) = client.get(f"/api/audit/?action=view&patient={exam.patient_id}").json()["results"]
    assert (row["actor"], row["role"], row["object_id"]) == (
        "a radiologist",
        "radiologist",
        str(exam.pk),
    )
    assert AuditRow.objects.filter(actor="a auditor", object_type="audit").count() == 1


@pytest.mark.parametrize("role", ["radiologist", "billing", "integrator", "referrer"])
def test_others_do_not_read_the_audit(role: str) -> None:
    assert caller(role).get("/api/audit/").status_code == 403


def test_the_api_describes_itself_to_those_who_may_come_in() -> None:
    text = caller("integrator").get("/api/schema/").content.decode()
    for place in ("exams", "patients", "studies", "reconciliation", "orders", "procedures"):
        assert f"/api/{place}/:" in text
    for place in ("stations", "messages", "charges", "peers", "audit"):
        assert f"/api/{place}/:" in text
    assert "/api/exams/{id}/timeline/:" in text
    assert person("admin").get("/api/docs/").status_code == 200
    assert Client().get("/api/schema/").status_code == 401
