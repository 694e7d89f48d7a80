"""The documents of exams; reads only."""

from __future__ import annotations

from django.db.models import QuerySet

from archive.documents.queries import NoSuchDocument
from pacs_hub.access.permissions import Principal
from worklist.documents.models import ExamDocument
from worklist.exams.queries import visible_exams


def documents(*, principal: Principal, exam_id: int | None = None) -> QuerySet[ExamDocument]:
    """Return the documents of the exams `principal` may see, latest first."""
    rows = ExamDocument.objects.select_related("document", "exam")
    if principal.sees_only_own:
        rows = rows.filter(exam__in=visible_exams(principal))
    if exam_id is not None:
        rows = rows.filter(exam_id=exam_id)
    return rows.order_by("-document_id", "-pk")


def document(*, principal: Principal, document_id: int) -> ExamDocument:
    """Return one document with an exam it belongs to.

    Raises:
        NoSuchDocument: there is none that this caller may see.
    """
    row = documents(principal=principal).filter(document_id=document_id).first()
    if row is None:
        raise NoSuchDocument("no such document")
    return row
