"""Find reports, and the exam a report is about; reads only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db.models import Q, QuerySet

from archive.models import Patient
from archive.patients.queries import resolve
from worklist.exams.models import Exam
from worklist.exams.queries import exam_by_number
from worklist.results.models import Result
from worklist.results.rules import WITHDRAWN, ResultFacts

GONE: Final = sorted(WITHDRAWN)
CANDIDATES: Final = 6


def exam_of(result: ResultFacts) -> Exam | None:
    """Return the one exam the report names: filler, placer, accession, study, then its parent."""
    found = exam_by_number(
        filler_order_number=result.filler_order_number,
        placer_order_number=result.placer_order_number,
        accession_number=result.accession_number,
    ) or exam_by_number(
        accession_number=result.filler_order_number,
        study_instance_uid=result.study_instance_uid,
    )
    if found is not None:
        return found
    numbers = [number for number in (result.number, result.parent_number) if number]
    if not numbers:
        return None
    earlier = Result.objects.select_related("exam").filter(number__in=numbers, exam__isnull=False)
    exams = {row.exam_id: row.exam for row in earlier[:50]}
    return next(iter(exams.values())) if len(exams) == 1 else None


def predecessor(exam: Exam, result: ResultFacts) -> Result | None:
    """Return the newest version of the same report: by its number or its parent's.

    A sender that does not number its reports has one report on an exam.
    """
    names = {result.number, result.parent_number} - {""}
    for row in versions(exam).select_related("replaces"):
        if not names or not row.number or row.number in names:
            return row
    return None


def waiting_before(result: ResultFacts, patient: Patient) -> Result | None:
    """Return the newest version of the same report among those that wait."""
    names = {result.number, result.parent_number} - {""}
    if not names:
        return None
    rows = Result.objects.select_related("replaces")
    return rows.filter(exam__isnull=True, patient=patient, number__in=names).order_by("-pk").first()


def heads(exam: Exam) -> list[str]:
    """Return the status of the newest version of each report of the exam."""
    rows = Result.objects.filter(exam=exam).values_list("pk", "replaces_id", "status")
    found = list(rows)
    replaced = {earlier for _, earlier, _ in found}
    return [status for pk, _, status in found if pk not in replaced]


def last_version(exam: Exam) -> int:
    """Return the number of the exam's newest version, 0 where it has none."""
    return versions(exam).values_list("version", flat=True).first() or 0


def latest(exam: Exam) -> Result | None:
    """Return the newest version of the exam's report."""
    return versions(exam).first()


def versions(exam: Exam) -> QuerySet[Result]:
    """Return all versions, newest first."""
    return Result.objects.filter(exam=exam).order_by("-version")


def final_results() -> QuerySet[Result]:
    """Return every result with its exam and patient, newest first."""
    return (
        Result.objects.filter(exam__isnull=False)
        .select_related("exam", "exam__patient")
        .order_by("-reported_at", "-pk")
    )


def waiting() -> QuerySet[Result]:
    """Return the reports without an exam, oldest first."""
    return (
        Result.objects.filter(exam__isnull=True)
        .exclude(status__in=GONE)
        .select_related("patient", "patient__survivor")
        .order_by("pk")
    )


def waiting_for(exam: Exam) -> QuerySet[Result]:
    """Return the waiting reports that name this exam and its patient."""
    named = Q()
    for name, value in (
        ("filler_order_number", exam.filler_order_number),
        ("placer_order_number", exam.placer_order_number),
        ("accession_number", exam.accession_number),
        ("filler_order_number", exam.accession_number),
        ("study_instance_uid", exam.study_instance_uid),
    ):
        if value:
            named |= Q(**{name: value})
    group = exam.patient.survivor_id or exam.patient_id
    rows = Result.objects.filter(exam__isnull=True).exclude(status__in=GONE)
    theirs = Q(patient=group) | Q(patient__survivor=group)
    return rows.filter(named, theirs).order_by("pk")


def is_known(number: str) -> bool:
    """Say whether a report of this number is here, filed or waiting."""
    return Result.objects.filter(number=number).exists()


def waiting_with(patient: Patient) -> int:
    """Return how many reports of a patient wait for an exam."""
    group = patient.survivor_id or patient.pk
    theirs = Q(patient=group) | Q(patient__survivor=group)
    return Result.objects.filter(theirs, exam__isnull=True).exclude(status__in=GONE).count()


def candidates(rows: Iterable[Result]) -> dict[int, list[Exam]]:
    """Return the exams each waiting report could be on: those of its patient, the latest first."""
    owner = {row.pk: resolve(row.patient).pk for row in rows if row.patient is not None}
    theirs = Q(patient__in=owner.values()) | Q(patient__survivor__in=owner.values())
    exams = Exam.objects.filter(theirs).select_related("patient").order_by("-day", "-pk")[:500]
    by_owner: dict[int, list[Exam]] = {}
    for exam in exams:
        by_owner.setdefault(exam.patient.survivor_id or exam.patient_id, []).append(exam)
    return {pk: by_owner.get(patient, [])[:CANDIDATES] for pk, patient in owner.items()}
