"""How much there is of a study or a patient at this moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from archive.patients.models import Patient
from archive.store.models import Instance, Study, StudyState
from archive.store.queries import present, shown


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How much a study holds at this moment."""

    series: int
    instances: int
    modalities: tuple[str, ...]
    instances_by_series: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PatientCounts:
    """How much there is of a patient, as kept: a study that grows is a second behind."""

    studies: int = 0
    series: int = 0
    instances: int = 0


def counts_of(studies: Iterable[Study]) -> dict[int, Counts]:
    """Return what each study holds: counted where objects still come in, else as kept."""
    rows = {study.pk: study for study in studies}
    growing = [pk for pk, study in rows.items() if study.state == StudyState.RECEIVING]
    counts = {pk: _kept_counts(study) for pk, study in rows.items()}
    if growing:
        counts.update(_counted(growing))
    return counts


def patient_counts(patients: Iterable[Patient], *, seen: Q) -> dict[int, PatientCounts]:
    """Return how much there is of each of these persons, what was merged into them included.

    Only studies for which `seen` holds are counted: others are nobody's to know of.
    """
    wanted = {patient.pk for patient in patients}
    rows = (
        Study.objects.filter(present(), seen)
        .filter(Q(patient__in=wanted) | Q(patient__survivor__in=wanted))
        .values_list(Coalesce("patient__survivor_id", "patient_id"))
        .annotate(Count("pk"), Sum("number_of_series"), Sum("number_of_instances"))
    )
    return {
        pk: PatientCounts(studies=n, series=series, instances=instances)
        for pk, n, series, instances in rows
    }


def sop_classes_of(studies: Iterable[Study]) -> dict[int, tuple[str, ...]]:
    """Return the SOP classes of each study (0008,0062)."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = Instance.objects.filter(shown(), study__in=list(studies))
    for study, uid in rows.values_list("study_id", "sop_class_uid").distinct().order_by():
        found[study].append(uid)
    return {study: tuple(sorted(uids)) for study, uids in found.items()}


def _kept_counts(study: Study) -> Counts:
    return Counts(
        series=study.number_of_series,
        instances=study.number_of_instances,
        modalities=tuple(name for name in study.modalities.split("\\") if name),
    )


def _counted(studies: list[int]) -> dict[int, Counts]:
    by_study: dict[int, dict[int, int]] = defaultdict(dict)
    modalities: dict[int, set[str]] = defaultdict(set)
    grouped = (
        Instance.objects.filter(shown(), study__in=studies)
        .values_list("study", "series", "series__modality")
        .annotate(n=Count("pk"))
    )
    for study, series, modality, n in grouped:
        by_study[study][series] = n
        if modality:
            modalities[study].add(modality)
    return {
        study: Counts(
            series=len(by_study[study]),
            instances=sum(by_study[study].values()),
            modalities=tuple(sorted(modalities[study])),
            instances_by_series=by_study[study],
        )
        for study in studies
    }
