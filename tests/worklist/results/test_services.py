"""Reports are filed on the one exam they name, in versions; one without an exam waits."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from archive.patients.rules import Identifier
from pacs_hub.outbox.models import OutboxMessage
from tests.support.builders import HIS, MORNING, a_patient, an_exam, result_facts
from worklist.models import Exam, ExamEvent, Result
from worklist.results.queries import latest, waiting
from worklist.results.rules import Reference, ResultFacts, Section
from worklist.results.services import (
    Filing,
    NoSuchExam,
    NotWaiting,
    ReportForOtherPatient,
    dismiss_waiting,
    file_result,
    file_waiting,
    match_waiting,
)

pytestmark = pytest.mark.django_db


def file(facts: ResultFacts) -> Filing:
    return file_result(result=facts, patient=None, origin=HIS)


def test_a_final_report_makes_the_exam_reported() -> None:
    exam = an_exam()
    file_result(result=result_facts(exam), patient=exam.patient, origin=HIS)
    exam.refresh_from_db()
    assert (exam.report_status, exam.reported_at) == ("final", MORNING)
    assert OutboxMessage.objects.filter(event="ResultFinalised").count() == 1


def test_a_preliminary_report_sets_no_milestone_and_tells_nobody() -> None:
    exam = an_exam()
    file(result_facts(exam, status="preliminary"))
    exam.refresh_from_db()
    assert (exam.report_status, exam.reported_at) == ("preliminary", None)
    assert not OutboxMessage.objects.filter(event="ResultFinalised").exists()


def test_the_same_report_again_is_no_new_version() -> None:
    exam = an_exam()
    assert [file(result_facts(exam)).outcome for _ in range(2)] == ["filed", "same"]
    assert Result.objects.count() == 1


def test_another_text_after_the_final_one_is_an_amendment() -> None:
    exam = an_exam()
    file(result_facts(exam))
    file(result_facts(exam, text="Small haemorrhage."))
    assert Exam.objects.get().report_status == "amended"
    versions = Result.objects.order_by("version")
    assert [(row.version, row.replaces_id) for row in versions] == [(1, None), (2, versions[0].pk)]


def test_a_preliminary_report_after_the_final_one_is_stale() -> None:
    exam = an_exam()
    file(result_facts(exam))
    late = file(result_facts(exam, status="preliminary", text="Looks fine."))
    assert (late.outcome, late.text) == (
        "stale",
        "preliminary report after it was final: not taken",
    )
    assert Exam.objects.get().report_status == "final"
    assert ExamEvent.objects.filter(kind="ignored").exists()


def test_an_older_version_that_is_sent_again_changes_nothing() -> None:
    exam = an_exam()
    first = result_facts(exam, versioned_at=MORNING)
    later = MORNING + timedelta(hours=1)
    file(first)
    file(result_facts(exam, text="Bleeding.", status="amended", versioned_at=later))
    assert file(first).outcome == "stale"
    found = latest(exam)
    assert found is not None
    assert found.text == "Bleeding."


def test_a_final_report_outdoes_a_preliminary_one_whatever_their_clocks_say() -> None:
    exam = an_exam()
    later = MORNING + timedelta(hours=1)
    file(result_facts(exam, status="preliminary", versioned_at=later))
    assert file(result_facts(exam, versioned_at=MORNING)).outcome == "filed"


def test_a_report_that_is_announced_is_the_version_that_comes() -> None:
    exam = an_exam()
    file(result_facts(exam, status="registered", text=""))
    assert Exam.objects.get().report_status == "none"
    file(result_facts(exam))
    assert Result.objects.values_list("version", "status").get() == (1, "final")


def test_a_correction_of_nothing_is_filed_as_final_and_says_so() -> None:
    filing = file(result_facts(an_exam(), status="amended"))
    assert filing.result is not None
    assert (filing.result.status, filing.text) == ("final", "a correction of nothing here")


def test_a_status_without_a_text_keeps_the_text() -> None:
    exam = an_exam()
    file(result_facts(exam, status="preliminary", sections=(Section("", "Findings", "None."),)))
    file(result_facts(exam, text="", keeps_text=True))
    row = latest(exam)
    assert row is not None
    assert (row.status, row.text) == ("final", "No haemorrhage.")
    assert row.sections == [{"code": "", "title": "Findings", "text": "None."}]


def test_an_addendum_keeps_the_report_it_adds_to_and_is_added_once() -> None:
    exam = an_exam()
    file(result_facts(exam, number="D1"))
    more = result_facts(
        exam, number="D2", parent_number="D1", status="appended", text="Seen with Dr Ray."
    )
    assert [file(more).outcome for _ in range(2)] == ["filed", "same"]
    row = latest(exam)
    assert row is not None
    assert row.text.startswith("Addendum of 2026-")
    assert row.text.endswith("Seen with Dr Ray.\n\nNo haemorrhage.")
    assert Exam.objects.get().report_status == "amended"


def test_what_was_final_is_cancelled_and_its_text_stays() -> None:
    exam = an_exam()
    file(result_facts(exam))
    assert file(result_facts(exam, status="cancelled", text="")).outcome == "withdrawn"
    row = Result.objects.get()
    assert (row.status, row.text) == ("cancelled", "No haemorrhage.")
    exam.refresh_from_db()
    assert (exam.report_status, exam.reported_at) == ("none", None)
    assert OutboxMessage.objects.filter(event="ResultWithdrawn").count() == 1


def test_what_nobody_relied_on_was_an_error() -> None:
    exam = an_exam()
    file(result_facts(exam, status="preliminary"))
    file(result_facts(exam, status="cancelled", text=""))
    assert Result.objects.get().status == "entered_in_error"
    assert file(result_facts(exam, status="cancelled", text="")).outcome == "stale"


def test_two_reports_on_one_exam_are_told_apart_by_their_numbers() -> None:
    exam = an_exam()
    file(result_facts(exam, number="R1"))
    file(result_facts(exam, number="R2", status="preliminary", text="Wet read."))
    assert Exam.objects.get().report_status == "final"
    assert Result.objects.count() == 2


def test_a_reference_that_is_new_makes_a_version() -> None:
    exam = an_exam()
    file(result_facts(exam))
    file(result_facts(exam, references=(Reference("sr", "1.2.3"),)))
    row = latest(exam)
    assert row is not None
    assert row.references == [{"kind": "sr", "uid": "1.2.3"}]


@pytest.mark.parametrize("key", ["placer_order_number", "study_instance_uid"])
def test_a_report_finds_its_exam_by_each_key(key: str) -> None:
    exam = an_exam()
    facts = result_facts(exam, accession_number="", **{key: getattr(exam, key)})
    assert file(facts).outcome == "filed"


def test_a_report_on_nothing_and_nobody_we_know_is_refused() -> None:
    exam = an_exam()
    with pytest.raises(NoSuchExam):
        file(result_facts(exam, accession_number="X"))


def test_a_report_about_somebody_else_is_refused() -> None:
    exam = an_exam()
    other = a_patient(identifiers=(Identifier(value="P2", issuer="GH"),), name="ROE^RICHARD")
    with pytest.raises(ReportForOtherPatient):
        file_result(result=result_facts(exam), patient=other, origin=HIS)


def a_waiting_report(**over: object) -> Result:
    facts = ResultFacts(
        **{
            "status": "final",
            "text": "Normal.",
            "reported_at": MORNING,
            "number": "R1",
            "placer_order_number": "P100",
            **over,
        }
    )
    filing = file_result(result=facts, patient=a_patient(), origin=HIS)
    assert filing.outcome == "waiting"
    assert filing.result is not None
    return filing.result


def test_a_report_that_comes_before_its_order_is_filed_when_the_order_comes() -> None:
    row = a_waiting_report()
    exam = an_exam(patient=row.patient)
    assert match_waiting(exam_id=exam.pk, origin=HIS) == [row]
    exam.refresh_from_db()
    assert exam.report_status == "final"
    assert Result.objects.values_list("exam", "version", "status").get() == (exam.pk, 1, "final")
    assert match_waiting(exam_id=exam.pk, origin=HIS) == []


def test_a_report_of_somebody_else_is_never_matched_by_itself() -> None:
    a_waiting_report()
    other = a_patient(identifiers=(Identifier(value="P2", issuer="GH"),), name="ROE^RICHARD")
    exam = an_exam(patient=other)
    assert match_waiting(exam_id=exam.pk, origin=HIS) == []
    with pytest.raises(ReportForOtherPatient):
        file_waiting(result_id=Result.objects.get().pk, exam_id=exam.pk, origin=HIS)


def test_versions_of_a_waiting_report_are_kept_in_order() -> None:
    row = a_waiting_report()
    facts = {"number": "R1", "placer_order_number": "P100", "reported_at": MORNING}
    again = ResultFacts(status="amended", text="Nodule.", **facts)  # type: ignore[arg-type]
    file_result(result=again, patient=row.patient, origin=HIS)
    exam = an_exam(patient=row.patient)
    match_waiting(exam_id=exam.pk, origin=HIS)
    versions = Result.objects.order_by("version").values_list("version", "status", "text")
    assert list(versions) == [(1, "final", "Normal."), (2, "amended", "Nodule.")]


def test_a_person_files_or_dismisses_a_waiting_report() -> None:
    row = a_waiting_report(placer_order_number="")
    exam = an_exam(patient=row.patient)
    file_waiting(result_id=row.pk, exam_id=exam.pk, origin=HIS)
    assert Exam.objects.get().report_status == "final"
    with pytest.raises(NotWaiting):
        dismiss_waiting(result_id=row.pk, reason="test", origin=HIS)


def test_a_dismissed_report_waits_no_more() -> None:
    row = a_waiting_report()
    dismiss_waiting(result_id=row.pk, reason="not radiology", origin=HIS)
    assert not waiting().exists()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_versions_in_any_order_and_again_end_with_the_newest_text(order: tuple[int, ...]) -> None:
    exam = an_exam()
    sent = [
        result_facts(
            exam,
            status=status,
            text=status,
            number="R1",
            versioned_at=MORNING + timedelta(hours=n),
        )
        for n, status in enumerate(("preliminary", "final", "amended"))
    ]
    for n in (*order, *order):
        file(sent[n])
    newest = latest(exam)
    assert newest is not None
    assert newest.text == "amended"
    assert Exam.objects.get().report_status in {"final", "amended"}
