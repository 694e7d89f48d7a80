"""Whose report it is, and where it goes: filed, waiting, parked or held."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from archive.documents.models import Document
from archive.patients.rules import Identifier
from integrations.hl7.inbound import keys
from integrations.hl7.inbound.context import Held, Parked
from integrations.hl7.inbound.filing import without_files
from integrations.hl7.inbound.results import receive
from tests.support import files
from tests.support.builders import a_patient, an_exam
from tests.support.handling import handled, told
from tests.support.messages import oru_r01, pid
from tests.support.stored import area_in
from worklist.models import Exam, Result

pytestmark = pytest.mark.django_db


def test_a_report_on_a_known_order_is_filed() -> None:
    exam = an_exam()
    assert told(handled(receive, oru_r01())) == [("exam", "report filed as final")]
    assert Result.objects.get().sections[0] == {
        "code": "18782-3",
        "title": "Findings",
        "text": "No haemorrhage.",
    }
    assert Exam.objects.get(pk=exam.pk).report_status == "final"


def test_the_same_report_again_says_nothing_new() -> None:
    an_exam()
    handled(receive, oru_r01())
    assert told(handled(receive, oru_r01())) == [("report", "the report says nothing new")]


def test_a_stale_report_is_accepted_with_a_warning() -> None:
    an_exam()
    handled(receive, oru_r01())
    ((what, text),) = told(handled(receive, oru_r01(status="P")))
    assert (what, text) == ("warning", "preliminary report after it was final: not taken")


def test_a_report_without_an_order_waits_with_its_patient() -> None:
    patient = a_patient()
    assert told(handled(receive, oru_r01())) == [("report", "report filed; it waits for its order")]
    assert Result.objects.get().patient == patient


def test_a_report_of_somebody_unknown_waits_for_patient_or_order() -> None:
    with pytest.raises(Parked) as caught:
        handled(receive, oru_r01(filler="F1^RIS", accession="A1"))
    assert set(caught.value.keys) == {
        *keys.placer("P100", "HIS"),
        *keys.filler("F1", "RIS"),
        *keys.accession("A1", "GH"),
        *keys.patient("P1", "GH"),
    }


def test_a_known_order_does_not_vouch_for_an_unknown_patient() -> None:
    an_exam()
    stranger = pid(identifier="X9^^^OTHER^MR")
    with pytest.raises(Parked):
        handled(receive, oru_r01(person=stranger))
    effects = handled(receive, oru_r01(person=stranger), forced=True)
    assert told(effects) == [("exam", "report filed as final")]


def test_a_report_on_the_exam_of_somebody_else_is_for_a_person() -> None:
    an_exam()
    a_patient(identifiers=(Identifier(value="P2", issuer="GH"),), name="ROE^RICHARD")
    with pytest.raises(Held) as caught:
        handled(receive, oru_r01(person=pid(identifier="P2^^^GH^MR")))
    assert (caught.value.condition, caught.value.field) == ("205", "PID-3")
    assert not Result.objects.exists()


def with_file(content: bytes, subtype: str) -> str:
    packed = base64.b64encode(content).decode()
    obx = f"OBX|9|ED|18748-4^Report^LN||^application^{subtype}^Base64^{packed}||||||F"
    return f"{oru_r01()}{obx}\r"


def test_a_file_waits_for_its_order() -> None:
    a_patient()
    with pytest.raises(Parked):
        handled(receive, with_file(files.PDF, "pdf"))


def test_a_cda_document_is_read_and_kept(tmp_path: Path, settings: Settings) -> None:
    area_in(tmp_path / "objects", settings)
    an_exam()
    assert told(handled(receive, with_file(files.CDA, "xml")))[1] == (
        "document",
        "document attached",
    )
    assert Document.objects.get().kind == "cda"
    assert "Follow up in a year." in Result.objects.get().text


def test_a_message_that_is_only_tried_keeps_no_file(tmp_path: Path, settings: Settings) -> None:
    area_in(tmp_path / "objects", settings)
    an_exam()
    with without_files():
        effects = handled(receive, with_file(files.PDF, "pdf"))
    assert told(effects)[1] == ("document", "document would be attached")
    assert not Document.objects.exists()


def test_a_report_costs_a_bounded_number_of_queries() -> None:
    an_exam()
    handled(receive, oru_r01(status="P"))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        handled(receive, oru_r01())
    assert len(asked) <= 24
