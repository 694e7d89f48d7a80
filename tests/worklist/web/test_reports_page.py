"""Reports that wait for an order: seen, filed by hand, put aside."""

from __future__ import annotations

import pytest

from archive.patients.rules import Identifier
from tests.support.browsing import browser, text_of
from tests.support.builders import HIS, MORNING, a_patient, an_exam
from worklist.models import Exam, Result
from worklist.results.rules import ResultFacts
from worklist.results.services import file_result

pytestmark = pytest.mark.django_db

PATH = "/reports/"


@pytest.fixture
def report() -> Result:
    facts = ResultFacts(
        status="final", text="Normal.", reported_at=MORNING, number="R1", title="CT head"
    )
    row = file_result(result=facts, patient=a_patient(), origin=HIS).result
    assert row is not None
    return row


def test_an_empty_page_says_that_nothing_waits() -> None:
    assert "Nothing waits" in text_of(browser("radiologist").get(PATH))


def test_a_waiting_report_is_shown_with_the_exams_of_its_patient(report: Result) -> None:
    an_exam(patient=report.patient)
    text = text_of(browser("radiologist").get(PATH))
    for words in ("1 report waits", "Doe, Jane", "CT head", "Normal.", "It is this exam's"):
        assert words in text


def test_a_person_files_it(report: Result) -> None:
    exam = an_exam(patient=report.patient)
    client = browser("radiologist")
    client.post(f"{PATH}{report.pk}/file/", {"exam": exam.pk})
    assert Exam.objects.get().report_status == "final"
    assert "Filed as version 1" in text_of(client.get(PATH))
    client.post(f"{PATH}{report.pk}/file/", {"exam": exam.pk})
    assert "does not wait" in text_of(client.get(PATH))


def test_it_is_not_filed_on_somebody_elses_exam(report: Result) -> None:
    other = a_patient(identifiers=(Identifier(value="P2", issuer="GH"),), name="ROE^RICHARD")
    client = browser("radiologist")
    client.post(f"{PATH}{report.pk}/file/", {"exam": an_exam(patient=other).pk})
    assert "belongs to another patient" in text_of(client.get(PATH))
    assert Exam.objects.get().report_status == "none"


def test_it_is_put_aside_with_a_reason(report: Result) -> None:
    client = browser("radiologist")
    client.post(f"{PATH}{report.pk}/dismiss/", {"reason": " "})
    assert "say why" in text_of(client.get(PATH))
    client.post(f"{PATH}{report.pk}/dismiss/", {"reason": "a lab result"})
    assert "Nothing waits" in text_of(client.get(PATH))
    assert Result.objects.get().text == "Normal."


@pytest.mark.parametrize("role", ["scheduler", "technologist", "referrer", "billing", "auditor"])
def test_others_do_not_see_it(role: str) -> None:
    client = browser(role)
    assert client.get(PATH).status_code == 403
    assert client.post(f"{PATH}1/file/").status_code == 403
