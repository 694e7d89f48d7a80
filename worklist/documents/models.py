"""Which documents belong to which exam."""

from __future__ import annotations

from django.db import models

from archive.models import Document
from worklist.exams.models import Exam


class ExamDocument(models.Model):
    """One document of one exam; exams that share a study may share a document."""

    exam = models.ForeignKey(Exam, on_delete=models.PROTECT, related_name="documents")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="exams")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="exam_document_once", fields=["exam", "document"]),
        ]

    def __str__(self) -> str:
        return f"document {self.document_id} of exam {self.exam_id}"
