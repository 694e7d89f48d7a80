"""Reports are filed on the one exam they name, in versions."""

from __future__ import annotations

import pytest

from archive.patients.rules import Identifier
from pacs_hub.outbox.models import OutboxMessage
from tests.support.builders import HIS, MORNING, a_patient, an_exam, result_facts
from worklist.models import Exam, Result
from worklist.results.services import NoSuchExam, ReportForOtherPatient, file_result

pytestmark = pytest.mark.django_db


def test_a_final_report_makes_the_exam_reported() -> None:
    exam = an_exam()
    file_result(result=result_facts(exam), patient=exam.patient, origin=HIS)
    exam.refresh_from_db()
    assert (exam.report_status, exam.reported_at) == ("final", MORNING)
    assert OutboxMessage.objects.filter(event="ResultFinalised").count() == 1


def test_a_preliminary_report_sets_no_milestone_and_tells_nobody() -> None:
    exam = an_exam()
    file_result(result=result_facts(exam, status="preliminary"), patient=None, origin=HIS)
    exam.refresh_from_db()
    assert (exam.report_status, exam.reported_at) == ("preliminary", None)
    assert not OutboxMessage.objects.filter(event="ResultFinalised").exists()


def test_the_same_report_again_is_no_new_version() -> None:
    exam = an_exam()
    for _ in range(2):
        file_result(result=result_facts(exam), patient=None, origin=HIS)
    assert Result.objects.count() == 1


def test_another_text_after_the_final_one_is_an_amendment() -> None:
    exam = an_exam()
    file_result(result=result_facts(exam), patient=None, origin=HIS)
    file_result(result=result_facts(exam, text="Small haemorrhage."), patient=None, origin=HIS)
    assert Exam.objects.get().report_status == "amended"
    assert list(Result.objects.order_by("version").values_list("version", flat=True)) == [1, 2]


def test_a_preliminary_report_after_the_final_one_is_stale() -> None:
    exam = an_exam()
    file_result(result=result_facts(exam), patient=None, origin=HIS)
    late = result_facts(exam, status="preliminary", text="Looks fine.")
    assert file_result(result=late, patient=None, origin=HIS).outcome == "stale"
    assert Exam.objects.get().report_status == "final"


@pytest.mark.parametrize("key", ["placer_order_number", "study_instance_uid"])
def test_a_report_finds_its_exam_by_each_key(key: str) -> None:
    exam = an_exam()
    facts = result_facts(exam, accession_number="", **{key: getattr(exam, key)})
    assert file_result(result=facts, patient=None, origin=HIS).outcome == "filed"


def test_a_report_on_nothing_we_know_is_refused() -> None:
    exam = an_exam()
    with pytest.raises(NoSuchExam):
        file_result(result=result_facts(exam, accession_number="X"), patient=None, origin=HIS)


def test_a_report_about_somebody_else_is_refused() -> None:
    exam = an_exam()
    other = a_patient(identifiers=(Identifier(value="P2", issuer="GH"),), name="ROE^RICHARD")
    with pytest.raises(ReportForOtherPatient):
        file_result(result=result_facts(exam), patient=other, origin=HIS)
