"""One version of a report: filed on its exam, kept until there is one, or found to be stale."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

from django.db import transaction

from archive.models import Patient
from archive.patients.queries import resolve
from pacs_hub.audit import changes
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict, Unknown
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox.publish import publish
from worklist.exams import services as exams
from worklist.exams.models import Exam
from worklist.results.events import ResultFinalised, ResultWithdrawn
from worklist.results.models import Result, ResultStatus
from worklist.results.queries import exam_of, heads, last_version, predecessor, waiting_before
from worklist.results.rules import (
    SIGNED,
    WITHDRAWN,
    ResultFacts,
    Section,
    exam_status,
    next_report_status,
    with_addendum,
    withdrawn_as,
)


class NoSuchExam(Unknown):
    """The report names no exam of ours, nor a patient it could wait with."""

    code = "no-such-exam"


class ReportForOtherPatient(Conflict):
    """The report's patient is not the exam's."""

    code = "report-for-other-patient"


@dataclass(frozen=True)
class Filing:
    """What became of a report: filed, waiting for its exam, or of no effect (and why)."""

    outcome: Literal["filed", "waiting", "withdrawn", "same", "stale"]
    result: Result | None = None
    text: str = ""


WORDS: Final[dict[str, str]] = {
    ResultStatus.REGISTERED: "report announced",
    ResultStatus.PARTIAL: "part of a report",
    ResultStatus.PRELIMINARY: "preliminary report",
    ResultStatus.FINAL: "final report",
    ResultStatus.AMENDED: "report amended",
    ResultStatus.APPENDED: "addendum to the report",
    ResultStatus.CANCELLED: "report cancelled after it was final",
    ResultStatus.ENTERED_IN_ERROR: "report withdrawn before it was final",
}
SAME: Final = Filing("same", text="the report says nothing new")


def file_result(*, result: ResultFacts, patient: Patient | None, origin: Origin) -> Filing:
    """File one version of a report; without an exam it waits for one, with its patient.

    Raises:
        NoSuchExam: no exam has its order number, accession number or study, and nobody knows
            the patient.
        ReportForOtherPatient: it is about somebody else.
    """
    with transaction.atomic():
        found = exam_of(result)
        if found is None:
            if patient is None:
                raise NoSuchExam("no exam has this order, accession number or study", field="OBR-3")
            return _keep(result, patient, origin)
        exam = exams.lock_exam(found.pk)
        if patient is not None and resolve(exam.patient).pk != resolve(patient).pk:
            raise ReportForOtherPatient("the exam belongs to another patient", field="PID-3")
        before = predecessor(exam, result)
        filing = _versioned(before, result, origin)
        if filing.outcome in ("filed", "withdrawn") and filing.result is not None:
            put_on(exam, filing.result, origin=origin)
        elif filing.outcome == "stale":
            exams.add_event(exam, kind="ignored", text=filing.text, origin=origin)
        return filing


def put_on(exam: Exam, row: Result, *, origin: Origin) -> None:
    """Make `row` a version of the report on the locked `exam`, and say where the report is now."""
    if not row.version:
        row.version = last_version(exam) + 1
    row.exam, row.patient = exam, exam.patient
    changes.save(row, origin=origin)
    status = exam_status(heads(exam))
    exams.record_report(
        exam,
        status=status,
        at=row.reported_at,
        text=WORDS[row.status],
        kind=f"report_{row.status}",
        origin=origin,
    )
    about: dict[str, Any] = {
        "occurred_at": clock.now(),
        "correlation_id": origin.correlation_id,
        "exam_id": exam.pk,
        "result_id": row.pk,
    }
    if row.status in SIGNED:
        publish(ResultFinalised(**about))
    elif row.status == ResultStatus.CANCELLED:
        publish(ResultWithdrawn(**about))


def _keep(result: ResultFacts, patient: Patient, origin: Origin) -> Filing:
    """Keep a report without an exam where a person and a later order can find it."""
    filing = _versioned(waiting_before(result, patient), result, origin)
    row = filing.result
    if row is None or filing.outcome not in ("filed", "withdrawn"):
        return filing
    row.patient = patient
    changes.save(row, origin=origin)
    return replace(filing, outcome="waiting") if filing.outcome == "filed" else filing


def _versioned(before: Result | None, result: ResultFacts, origin: Origin) -> Filing:
    """Return the row to save for this version; nothing is written yet."""
    so_far = before.status if before is not None else "none"
    if result.status in WITHDRAWN:
        return _withdrawn(before, so_far)
    if before is not None and _is_old(before, result, origin):
        return Filing("stale", text="a version older than the one that is here")
    status = next_report_status(so_far, result.status)
    if status is None and before is not None and result.status == so_far:
        return SAME
    if status is None:
        return Filing("stale", text=f"{WORDS[result.status]} after it was {so_far}: not taken")
    text, sections = _content(before, result)
    if not text and status != ResultStatus.REGISTERED:
        return Filing("stale", text="the report has no text, and none was here before")
    if before is not None and _says_the_same(before, text=text, status=status, result=result):
        return SAME
    note = "" if (result.status, status) != ("amended", "final") else "a correction of nothing here"
    announced = before if so_far == "registered" else None
    row = announced or Result(version=0, replaces=before)
    _fill(row, result, status=status, text=text, sections=sections, origin=origin)
    return Filing("filed", row, note)


def _withdrawn(before: Result | None, so_far: str) -> Filing:
    status = withdrawn_as(so_far)
    if before is None or status is None:
        return Filing("stale", text="there is no report here to withdraw")
    before.status = status
    return Filing("withdrawn", before)


def _is_old(before: Result, result: ResultFacts, origin: Origin) -> bool:
    """Compare versions of one sender by its clock; what is signed outdoes what was not."""
    if before.versioned_at is None or result.versioned_at is None:
        return False
    signs = result.status in SIGNED and before.status not in SIGNED
    replaced = before.replaced_by.exists() and before.text != result.text
    older = result.versioned_at < before.versioned_at
    return before.origin_actor == origin.actor and not signs and (older or replaced)


def _content(before: Result | None, result: ResultFacts) -> tuple[str, list[dict[str, str]]]:
    """Return text and sections as a reader gets them: an addendum stands before the report."""
    own = [asdict(section) for section in result.sections]
    if result.keeps_text and not result.text:
        return (before.text, before.sections) if before is not None else ("", [])
    base = before
    if before is not None and result.status == "appended" and before.number == result.number:
        base = before.replaces  # this very addendum was here before
    if result.status != "appended" or base is None or not base.text:
        return result.text, own
    day = f"{result.reported_at:%Y-%m-%d}"
    heading = asdict(Section("", f"Addendum of {day}", result.text))
    text = with_addendum(before=base.text, addendum=result.text, day=day)
    return text, [heading, *(base.sections or [asdict(Section("", "Report", base.text))])]


def _says_the_same(before: Result, *, text: str, status: str, result: ResultFacts) -> bool:
    both_signed = before.status in SIGNED and status in SIGNED
    more = [asdict(r) for r in result.references if asdict(r) not in before.references]
    return before.text == text and (both_signed or before.status == status) and not more


def _fill(
    row: Result,
    result: ResultFacts,
    *,
    status: str,
    text: str,
    sections: list[dict[str, str]],
    origin: Origin,
) -> None:
    row.status, row.text, row.sections = status, text, sections
    row.number, row.title = result.number, result.title[:120]
    row.references = [asdict(reference) for reference in result.references]
    row.interpreter = result.interpreter
    row.placer_order_number = result.placer_order_number
    row.filler_order_number = result.filler_order_number
    row.accession_number = result.accession_number
    row.study_instance_uid = result.study_instance_uid
    row.observed_at, row.reported_at = result.observed_at, result.reported_at
    row.versioned_at, row.filed_at = result.versioned_at, clock.now()
    row.origin_actor, row.origin_door = origin.actor[:150], origin.door
    row.origin_id = origin.source_id
