"""The policy in force, the priors that are here, and the requests as pages need them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from archive.patients.models import Patient, PatientIdentifier
from archive.prefetch.models import PrefetchedStudy, PrefetchPolicy, PrefetchRequest, PrefetchState
from archive.prefetch.rules import Policy, Prior
from archive.store.models import Series, Study
from archive.store.queries import present
from pacs_hub.outbox import leases


def policy() -> Policy | None:
    """Return what the site file says of prefetching; None where it says nothing."""
    row = PrefetchPolicy.objects.first()
    if row is None:
        return None
    return Policy(
        to=tuple(row.to),
        count=row.count,
        years=row.years,
        modalities={key: tuple(value) for key, value in row.modalities.items()},
        sources=tuple(row.sources),
    )


def priors_here(patient: Patient) -> list[Prior]:
    """Return the studies of a patient, and of those merged into them, that are here."""
    who = Q(patient=patient) | Q(patient__survivor=patient)
    studies = list(Study.objects.filter(who, present()))
    parts: dict[int, set[str]] = {}
    for study_id, part in Series.objects.filter(study__in=studies).values_list(
        "study_id", "body_part"
    ):
        parts.setdefault(study_id, set()).add(part)
    return [
        Prior(
            study_instance_uid=study.study_instance_uid,
            study_date=study.study_date,
            modalities=frozenset(study.modalities.split("\\")),
            body_parts=frozenset(parts.get(study.pk, ())),
            study_id=study.pk,
        )
        for study in studies
    ]


def identifiers(patient: Patient) -> list[tuple[str, str]]:
    """Return value and issuer of every identifier of a patient, the merged ones' too."""
    who = Q(patient=patient) | Q(patient__survivor=patient)
    rows = PatientIdentifier.objects.filter(who).order_by("pk")
    return list(rows.values_list("value", "issuer"))


def due(*, now: datetime, limit: int) -> list[PrefetchRequest]:
    """Return the requests that may be worked at now, the longest due first."""
    rows = PrefetchRequest.objects.select_related("patient__survivor").filter(
        leases.free(now), state=PrefetchState.WAITING, next_attempt_at__lte=now
    )
    return list(rows.order_by("next_attempt_at", "pk")[:limit])


def requests(*, state: str = "") -> QuerySet[PrefetchRequest]:
    """Return the requests, latest first: all, or those of one state."""
    rows = PrefetchRequest.objects.order_by("-created_at", "-pk")
    return rows.filter(state=state) if state else rows


def fetched(request: PrefetchRequest) -> QuerySet[PrefetchedStudy]:
    """Return the priors that others were asked for, in that order."""
    return PrefetchedStudy.objects.filter(request=request).order_by("pk")
