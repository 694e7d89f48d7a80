"""The rows behind each resource type, as a caller may see them, ready to be turned into JSON."""

from __future__ import annotations

from django.db.models import F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from archive.models import Instance, Patient, Series, Study
from pacs_hub.access.permissions import Principal
from worklist.exams.queries import visible_exams, visible_patients
from worklist.models import Exam, Result
from worklist.reconcile.models import MatchState, StudyMatch

_EXAM_PATHS = (
    "patient__survivor",
    "requested_procedure__order",
    "requested_procedure__procedure",
)


def patients(principal: Principal) -> QuerySet[Patient]:
    """Return the patients; those who were merged are there to be read."""
    return visible_patients(
        principal=principal, rows=Patient.objects.prefetch_related("identifiers")
    )


def service_requests(principal: Principal) -> QuerySet[Exam]:
    """Return the exams as requests."""
    return (
        visible_exams(principal)
        .select_related(*_EXAM_PATHS)
        .prefetch_related("patient__identifiers", "patient__survivor__identifiers")
    )


def imaging_studies(principal: Principal) -> QuerySet[Study]:
    """Return the studies that are linked to an exam; the others are nobody's business yet."""
    instances = Instance.objects.only(
        "series", "sop_instance_uid", "sop_class_uid", "instance_number"
    ).order_by(F("instance_number").asc(nulls_last=True), "sop_instance_uid")
    series = (
        Series.objects.defer("metadata")
        .order_by(F("series_number").asc(nulls_last=True), "series_instance_uid")
        .prefetch_related(Prefetch("instances", queryset=instances))
    )
    return (
        Study.objects.filter(
            match__state=MatchState.LINKED, match__exam__in=visible_exams(principal)
        )
        .annotate(
            updated=Greatest(
                "last_received_at",
                "match__decided_at",
                Coalesce("settled_at", "last_received_at"),
            )
        )
        .select_related("match", *(f"match__exam__{path}" for path in _EXAM_PATHS))
        .prefetch_related(
            Prefetch("series", queryset=series),
            "match__exam__patient__identifiers",
            "match__exam__patient__survivor__identifiers",
        )
    )


def diagnostic_reports(principal: Principal) -> QuerySet[Result]:
    """Return the newest version of each report."""
    newest = Result.objects.filter(exam=OuterRef("exam")).order_by("-version").values("version")[:1]
    linked = StudyMatch.objects.filter(Q(state=MatchState.LINKED))
    return (
        Result.objects.filter(version=Subquery(newest), exam__in=visible_exams(principal))
        .select_related(*(f"exam__{path}" for path in _EXAM_PATHS))
        .prefetch_related(
            Prefetch("exam__matched_studies", queryset=linked),
            "exam__patient__identifiers",
            "exam__patient__survivor__identifiers",
        )
    )
