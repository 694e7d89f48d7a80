"""What hangs on a patient, and what a merge or its undoing would change; reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from django.db.models import QuerySet

from archive.models import Patient, PatientIdentifier, PatientMerge, Study
from archive.patients.likeness import look_different
from archive.patients.queries import cluster_of, resolve
from worklist.accounts.models import Account
from worklist.appointments.models import Appointment
from worklist.exams.models import Exam
from worklist.orders.models import Order
from worklist.visits.models import Visit


@dataclass(frozen=True, kw_only=True)
class Theirs:
    """How much of each kind is filed under some patients."""

    studies: int = 0
    orders: int = 0
    exams: int = 0
    reports: int = 0
    visits: int = 0
    accounts: int = 0
    appointments: int = 0

    @property
    def anything(self) -> bool:
        """Say whether there is anything at all."""
        return any(asdict(self).values())


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a merge, or its undoing, would change: nothing was changed yet.

    `moves` is shown under the other patient then; `patients` are those whose row changes.
    `late_studies` came since the merge for a number that is parted again. `differences` say why
    the two look different; `obstacle` why it cannot be done.
    """

    survivor_id: int
    loser_id: int
    patients: Sequence[int]
    moves: Theirs
    late_studies: int = 0
    differences: Sequence[str] = field(default_factory=tuple)
    obstacle: str = ""


def what_is_theirs(patient_ids: Sequence[int]) -> Theirs:
    """Count what is filed under these patients."""
    of_them = {"patient__in": patient_ids}
    return Theirs(
        studies=Study.objects.filter(**of_them).count(),
        orders=Order.objects.filter(**of_them).count(),
        exams=Exam.objects.filter(**of_them).count(),
        reports=Exam.objects.filter(**of_them).exclude(report_status="none").count(),
        visits=Visit.objects.filter(**of_them).count(),
        accounts=Account.objects.filter(**of_them).count(),
        appointments=Appointment.objects.filter(**of_them).count(),
    )


def preview_of_merge(*, survivor: Patient, loser: Patient) -> Preview:
    """Return what merging `loser` into `survivor` would change."""
    going = cluster_of(loser.pk)
    end = resolve(survivor)
    obstacle = ""
    if end.pk == resolve(loser).pk:
        obstacle = "they are one patient already"
        if loser.survivor_id is None and survivor.pk != loser.pk:
            obstacle = "they were merged the other way round"
    elif loser.survivor_id is not None:
        obstacle = "the patient was merged into another before"
    return Preview(
        survivor_id=end.pk,
        loser_id=loser.pk,
        patients=going,
        moves=what_is_theirs(going),
        differences=look_different(end, resolve(loser)) if not obstacle else (),
        obstacle=obstacle,
    )


def preview_of_undo(merge: PatientMerge) -> Preview:
    """Return what taking a merge back would change."""
    going = cluster_of(merge.loser_id)
    return Preview(
        late_studies=late_studies(merge).count(),
        survivor_id=merge.loser.survivor_id or merge.survivor_id,
        loser_id=merge.loser_id,
        patients=going,
        moves=what_is_theirs(going),
        obstacle="" if merge.undone_at is None else "the merge was undone before",
    )


def late_studies(merge: PatientMerge) -> QuerySet[Study]:
    """Return the studies filed under who stayed whose header names who went, unless linked."""
    end = merge.loser.survivor_id or merge.survivor_id
    numbers = PatientIdentifier.objects.filter(patient__in=cluster_of(merge.loser_id))
    rows = Study.objects.filter(patient=end, identity_verified=False)
    return rows.filter(patient_id_received__in=numbers.values("value")).order_by("pk")
