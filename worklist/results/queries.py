"""Find reports, and the exam a report is about; reads only."""

from __future__ import annotations

from django.db.models import QuerySet

from worklist.exams.models import Exam
from worklist.results.models import Result
from worklist.results.rules import ResultFacts


def exam_of(result: ResultFacts) -> Exam | None:
    """Return the one exam the report names: filler, placer, accession, then study."""
    for name, value in (
        ("filler_order_number", result.filler_order_number),
        ("placer_order_number", result.placer_order_number),
        ("accession_number", result.accession_number),
        ("accession_number", result.filler_order_number),
        ("study_instance_uid", result.study_instance_uid),
    ):
        if value:
            rows = list(Exam.objects.filter(**{name: value})[:2])
            if len(rows) == 1:
                return rows[0]
    return None


def latest(exam: Exam) -> Result | None:
    """Return the newest version of the exam's report."""
    return Result.objects.filter(exam=exam).order_by("-version").first()


def versions(exam: Exam) -> QuerySet[Result]:
    """Return all versions, newest first."""
    return Result.objects.filter(exam=exam).order_by("-version")


def final_results() -> QuerySet[Result]:
    """Return every result with its exam and patient, newest first."""
    return Result.objects.select_related("exam", "exam__patient").order_by("-reported_at", "-pk")
