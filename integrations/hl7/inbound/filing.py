"""What results and documents have in common: whose report it is, and where it goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from archive.documents import current
from archive.models import Patient
from archive.patients import queries as patients
from archive.patients.rules import PatientFacts
from archive.storage.current import area
from integrations.hl7.inbound import keys
from integrations.hl7.inbound.context import Context, Effect, Held, Parked, warning
from integrations.hl7.maps.oru2document import EmbeddedDocument
from integrations.hl7.maps.oru2result import Report
from pacs_hub.kernel.errors import Malformed
from worklist.documents.services import IncomingDocument, attach_to_exam
from worklist.models import Exam
from worklist.results import services as results
from worklist.results.queries import exam_of

_KEEPS_FILES: ContextVar[bool] = ContextVar("keeps_files", default=True)
FILED = {"filed": "report filed as {}", "withdrawn": "report withdrawn: {}"}


@contextmanager
def without_files() -> Iterator[None]:
    """Keep no file while messages are only tried: a file does not go with its transaction."""
    before = _KEEPS_FILES.set(False)
    try:
        yield
    finally:
        _KEEPS_FILES.reset(before)


def known_patient(facts: PatientFacts) -> Patient | None:
    """Return the surviving patient one of the identifiers is known to be."""
    found = (patients.find_by_identifier(value=i.value, issuer=i.issuer) for i in facts.identifiers)
    return next((patient for patient in found if patient is not None), None)


def file_report(report: Report, *, facts: PatientFacts, context: Context) -> list[Effect]:
    """File one report and its files; `facts` say whose it is.

    Raises:
        Parked: the patient is not known yet, or its files have no exam to go to.
        Held: the exam belongs to somebody else.
    """
    patient = known_patient(facts)
    exam = exam_of(report.facts)
    if patient is None and not (context.forced and exam is not None):
        raise _parked("nobody here has this identifier yet", report, facts, context)
    if exam is None and report.documents and not context.forced:
        raise _parked(
            "the report brings a file, and its order is not here yet", *(report, facts), context
        )
    try:
        filing = results.file_result(
            result=report.facts,
            patient=None if context.forced and exam is not None else patient,
            origin=context.origin,
        )
    except results.ReportForOtherPatient as error:
        raise Held(error.text, condition="205", code=error.code, field="PID-3") from error
    return [_told(filing), *_files(report, exam, context)]


def _told(filing: results.Filing) -> Effect:
    row = filing.result
    if filing.outcome == "stale":
        return warning(filing.text, condition="0", field="OBR-25")
    if row is None:
        return Effect("report", None, filing.text)
    if row.exam_id is None:
        return Effect("report", row.pk, "report filed; it waits for its order")
    words = FILED[filing.outcome].format(row.status.replace("_", " "))
    return Effect("exam", row.exam_id, words + (f" ({filing.text})" if filing.text else ""))


def _parked(words: str, report: Report, facts: PatientFacts, context: Context) -> Parked:
    about = report.facts
    return Parked(
        words,
        keys=(
            *keys.order(
                filler_number=about.filler_order_number,
                filler_namespace=report.filler_namespace,
                placer_number=about.placer_order_number,
                placer_namespace=report.placer_namespace,
                accession_number=about.accession_number,
                issuer=context.site.facility,
            ),
            *(key for i in facts.identifiers for key in keys.patient(i.value, i.issuer)),
        ),
        field="PID-3",
    )


def parked_for_parent(report: Report, *, facts: PatientFacts, context: Context) -> Parked:
    """Return why an addendum waits, or a word about a document: that one has not come."""
    return _parked("the document it is about is not here yet", report, facts, context)


def _files(report: Report, exam: Exam | None, context: Context) -> list[Effect]:
    if exam is None:
        return [warning("the file has no exam to go to") for _ in report.documents]
    return [_attach(document, exam, context) for document in report.documents]


def _attach(document: EmbeddedDocument, exam: Exam, context: Context) -> Effect:
    """Attach a file to the exam of its report; a broken one is told, and the report stands.

    Its DICOM object is made later, when the message is applied and answered.
    """
    if document.error:
        return warning(f"{document.place}: {document.error}", condition="102")
    if not _KEEPS_FILES.get():
        return Effect("document", None, "document would be attached")
    try:
        row = attach_to_exam(
            exam=exam,
            document=IncomingDocument(
                content=[document.content], title=document.title, code=document.code
            ),
            area=area(),
            origin=context.origin,
            zone=context.zone,
            most_bytes=current.most_bytes(),
        )
    except Malformed as error:
        return warning(f"{document.place}: {error.text}", condition="102")
    return Effect("document", row.document_id, "document attached")
