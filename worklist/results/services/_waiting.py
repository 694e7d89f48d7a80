"""Reports that came before their order: matched when it comes, or by a person."""

from __future__ import annotations

from django.db import transaction

from archive.patients.queries import resolve
from pacs_hub.audit import changes
from pacs_hub.audit import services as audit
from pacs_hub.kernel.errors import Conflict
from pacs_hub.kernel.origin import Origin
from worklist.exams import services as exams
from worklist.exams.models import Exam
from worklist.results.models import Result, ResultStatus
from worklist.results.queries import waiting, waiting_for
from worklist.results.rules import next_report_status
from worklist.results.services._file import ReportForOtherPatient, put_on


class NotWaiting(Conflict):
    """The report does not wait for an exam (any more)."""

    code = "report-not-waiting"


def match_waiting(*, exam_id: int, origin: Origin) -> list[Result]:
    """File on a new or changed exam what was waiting for it, oldest version first."""
    if not waiting_for(Exam.objects.select_related("patient").get(pk=exam_id)).exists():
        return []  # as nearly always: nothing to lock
    with transaction.atomic():
        exam = exams.lock_exam(exam_id)
        rows = list(waiting_for(exam).select_for_update())
        return [row for row in rows if _file(exam, row, origin)]


def file_waiting(*, result_id: int, exam_id: int, origin: Origin) -> Result:
    """File a waiting report on the exam a person chose.

    Raises:
        NotWaiting: it is filed or dismissed already.
        ReportForOtherPatient: the exam belongs to somebody else.
    """
    with transaction.atomic():
        exam = exams.lock_exam(exam_id)
        row = _waiting(result_id)
        if row.patient is not None and resolve(row.patient).pk != resolve(exam.patient).pk:
            raise ReportForOtherPatient("the exam belongs to another patient")
        if not _file(exam, row, origin):
            raise NotWaiting("the exam has a newer version of this report")
        return row


def dismiss_waiting(*, result_id: int, reason: str, origin: Origin) -> None:
    """Put a waiting report aside; its text is kept.

    Raises:
        NotWaiting: it is filed or dismissed already.
    """
    with transaction.atomic():
        row = _waiting(result_id)
        row.status = ResultStatus.ENTERED_IN_ERROR
        changes.save(row, origin=origin)
        audit.record(
            action="update",
            object_type="result",
            object_id=row.pk,
            origin=origin,
            patient_id=row.patient_id,
            detail=f"dismissed: {reason}"[:200],
        )


def _waiting(result_id: int) -> Result:
    row = waiting().select_for_update(of=("self",)).filter(pk=result_id).first()
    if row is None:
        raise NotWaiting("the report does not wait for an exam")
    return row


def _file(exam: Exam, row: Result, origin: Origin) -> bool:
    """Put the row on the exam; False where what is there already is further on."""
    before = Result.objects.filter(exam=exam, number=row.number).order_by("-version").first()
    status = next_report_status(before.status if before else "none", row.status)
    if before is not None and status is None:
        return False
    row.status = status or row.status
    row.replaces = before or row.replaces
    put_on(exam, row, origin=origin)
    return True
