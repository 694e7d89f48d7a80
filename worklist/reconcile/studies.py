"""Studies beside the exams they belong to; reads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import Prefetch, Q, QuerySet

from archive.models import PatientIdentifier, Study
from archive.store import queries as archive
from archive.store.queries import NoSuchStudy
from pacs_hub.access.permissions import Principal
from worklist.exams.models import Exam
from worklist.reconcile.models import MatchState, StudyMatch

WITHOUT_AN_EXAM: Final = "open"


@dataclass(frozen=True, kw_only=True)
class StudyFilters:
    """Which studies to show; empty means all. `link_status` may also be `WITHOUT_AN_EXAM`."""

    q: str = ""
    accession_number: str = ""
    study_instance_uid: str = ""
    patient_id: str = ""
    link_status: str = ""
    exam: int | None = None


def studies(*, principal: Principal, filters: StudyFilters) -> QuerySet[Study]:
    """Return the studies that pass the filters, with their match, exam and patient."""
    rows = archive.studies(principal=principal, q=filters.q)
    exact = {
        "accession_number": filters.accession_number,
        "study_instance_uid": filters.study_instance_uid,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if filters.patient_id:
        named = PatientIdentifier.objects.filter(value=filters.patient_id).values("patient")
        rows = rows.filter(patient__in=named)
    if filters.link_status == MatchState.UNMATCHED:
        rows = rows.filter(Q(match__isnull=True) | Q(match__state=MatchState.UNMATCHED))
    elif filters.link_status == WITHOUT_AN_EXAM:
        rows = rows.exclude(match__state=MatchState.LINKED)
    elif filters.link_status:
        rows = rows.filter(match__state=filters.link_status)
    if filters.exam is not None:
        rows = rows.filter(match__exam=filters.exam, match__state=MatchState.LINKED)
    return rows.select_related("match__exam").prefetch_related("patient__identifiers")


def study(*, principal: Principal, name: str) -> Study:
    """Return the study of that id or Study Instance UID.

    Raises:
        NoSuchStudy: there is none that this caller may see.
    """
    rows = studies(principal=principal, filters=StudyFilters())
    wanted = Q(study_instance_uid=name)
    if name.isdecimal():
        wanted |= Q(pk=int(name))
    row = rows.filter(wanted).first()
    if row is None:
        raise NoSuchStudy("no such study")
    return row


def with_linked_studies(rows: QuerySet[Exam]) -> QuerySet[Exam]:
    """Have each exam bring its linked studies along as `linked_matches`, in one more query."""
    linked = (
        StudyMatch.objects.filter(state=MatchState.LINKED).select_related("study").order_by("pk")
    )
    return rows.prefetch_related(Prefetch("matched_studies", linked, to_attr="linked_matches"))


def linked_study_uids(exam: Exam) -> list[str]:
    """Return the Study Instance UIDs an exam shows in the viewer; none without images."""
    if exam.number_of_instances == 0:
        return []
    matches: list[StudyMatch] | None = getattr(exam, "linked_matches", None)
    if matches is None:
        matches = list(
            exam.matched_studies.filter(state=MatchState.LINKED)
            .select_related("study")
            .order_by("pk")
        )
    return [match.study.study_instance_uid for match in matches]
