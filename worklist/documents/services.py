"""Attach a document to an exam: the exam says whose it is and which study it goes into."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db import transaction

from archive.documents.rules import NAMES, DocumentCode
from archive.documents.services import DocumentTarget, attach
from archive.patients.queries import resolve
from archive.storage.area import StorageArea
from pacs_hub.kernel.origin import Origin
from worklist.documents.models import ExamDocument
from worklist.exams import services as exams
from worklist.exams.models import Exam
from worklist.reconcile.queries import linked_studies


@dataclass(frozen=True, kw_only=True)
class IncomingDocument:
    """A file somebody attaches: its bytes, and what they call it."""

    content: Iterable[bytes]
    title: str = ""
    file_name: str = ""
    code: DocumentCode = DocumentCode()


def attach_to_exam(
    *,
    exam: Exam,
    document: IncomingDocument,
    area: StorageArea,
    origin: Origin,
    zone: ZoneInfo,
    most_bytes: int,
) -> ExamDocument:
    """Keep a document and note it on the exam; the same bytes again change nothing.

    Raises:
        EmptyDocument, UnknownDocumentType, BrokenDocument, DocumentTooLarge, PictureTooLarge
        Unavailable: the disk or the database is away.
    """
    attached = attach(
        content=document.content,
        target=_target(exam, zone),
        title=document.title,
        file_name=document.file_name,
        code=document.code,
        area=area,
        origin=origin,
        most_bytes=most_bytes,
    )
    with transaction.atomic():
        row, is_new = ExamDocument.objects.get_or_create(exam=exam, document=attached.document)
        if is_new:
            text = f"{NAMES[attached.document.kind]} attached"
            exams.add_event(exam, kind="document", text=text, origin=origin)
    return row


def _target(exam: Exam, zone: ZoneInfo) -> DocumentTarget:
    at = (exam.started_at or exam.scheduled_for or exam.ordered_at).astimezone(zone)
    return DocumentTarget(
        patient=resolve(exam.patient),
        study_instance_uid=_study_uid(exam),
        accession_number=exam.accession_number,
        study_date=at.date(),
        study_time=at.time().replace(microsecond=0),
        study_description=exam.procedure_name,
    )


def _study_uid(exam: Exam) -> str:
    """Return the study of the exam: the ordered one, unless its images came in another."""
    linked = linked_studies(exam).order_by("pk").values_list("study_instance_uid", flat=True)
    uids = list(linked)
    return uids[0] if uids and exam.study_instance_uid not in uids else exam.study_instance_uid
