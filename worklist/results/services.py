"""File reports on exams."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from archive.models import Patient
from archive.patients.queries import resolve
from pacs_hub.audit import changes
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict, Unknown
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox.publish import publish
from worklist.exams import services as exams
from worklist.exams.models import ReportStatus
from worklist.results.events import ResultFinalised
from worklist.results.models import Result
from worklist.results.queries import exam_of, latest
from worklist.results.rules import ResultFacts, next_report_status


class NoSuchExam(Unknown):
    """The report names no exam of ours."""

    code = "no-such-exam"


class ReportForOtherPatient(Conflict):
    """The report's patient is not the exam's."""

    code = "report-for-other-patient"


WORDS: Final[dict[str, str]] = {
    ReportStatus.PRELIMINARY: "preliminary report",
    ReportStatus.FINAL: "final report",
    ReportStatus.AMENDED: "report amended",
}


def file_result(*, result: ResultFacts, patient: Patient | None, origin: Origin) -> Result | None:
    """File one report; None when it says nothing new (older status, or the same text again).

    Raises:
        NoSuchExam: no exam has its order number, accession number or study.
        ReportForOtherPatient: it is about somebody else.
    """
    with transaction.atomic():
        found = exam_of(result)
        if found is None:
            raise NoSuchExam("no exam has this order, accession number or study", field="OBR-3")
        exam = exams.lock_exam(found.pk)
        if patient is not None and resolve(exam.patient).pk != patient.pk:
            raise ReportForOtherPatient("the exam belongs to another patient", field="PID-3")
        status = next_report_status(exam.report_status, result.status)
        before = latest(exam)
        if status is None or (before and _says_the_same(before, result, exam.report_status)):
            exams.add_event(exam, kind="ignored", text="a report with nothing new", origin=origin)
            return None
        row = Result(
            exam=exam,
            version=before.version + 1 if before else 1,
            status=status,
            text=result.text,
            interpreter=result.interpreter,
            observed_at=result.observed_at,
            reported_at=result.reported_at,
            origin_door=origin.door,
            origin_id=origin.source_id,
        )
        changes.save(row, origin=origin)
        exams.record_report(
            exam, status=status, at=result.reported_at, text=WORDS[status], origin=origin
        )
        if status != ReportStatus.PRELIMINARY:
            publish(
                ResultFinalised(
                    occurred_at=clock.now(),
                    correlation_id=origin.correlation_id,
                    exam_id=exam.pk,
                    result_id=row.pk,
                )
            )
        return row


def _says_the_same(before: Result, result: ResultFacts, report_status: str) -> bool:
    same_text = before.text == result.text
    same_kind = (before.status == ReportStatus.PRELIMINARY) == (
        result.status == ReportStatus.PRELIMINARY
    )
    return same_text and same_kind and report_status == before.status
