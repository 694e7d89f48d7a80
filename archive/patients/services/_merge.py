"""Merge two patients, and take it back: each row that changes is written down.

Nothing a patient has is moved: it stays under whom it was filed, and who reads it goes by the
survivor, which is worked out anew from the merges that stand.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q

from archive.patients.events import MergeUndone, PatientsMerged
from archive.patients.models import MovedRow, Patient, PatientMerge, PatientState
from archive.patients.queries import NoSuchMerge, cluster_of
from pacs_hub.audit import changes
from pacs_hub.audit import services as audit
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox.publish import publish


class MergedElsewhere(Conflict):
    """The patient was merged into somebody else before."""

    code = "patient-merged-elsewhere"


class OppositeMerge(Conflict):
    """The survivor was merged into this very patient before: a merge in a circle."""

    code = "patient-merge-opposite"


class UndoneAlready(Conflict):
    """The merge was undone before."""

    code = "merge-undone-already"


def merge(
    *, survivor: Patient, loser: Patient, kind: str, origin: Origin, reason: str = ""
) -> PatientMerge | None:
    """Merge `loser` into `survivor`; None where they are one patient already.

    Where the survivor was merged itself, its own survivor is taken; who was merged into the loser
    goes along. Rows are locked in the order of their ids.

    Raises:
        MergedElsewhere: the loser was merged into another.
        OppositeMerge: the survivor was merged into the loser.
    """
    with transaction.atomic():
        rows = _locked(Q(pk__in=[survivor.pk, loser.pk]) | Q(survivor=loser.pk))
        gone, named = rows[loser.pk], rows[survivor.pk]
        end = named.survivor_id or named.pk
        if (gone.survivor_id or gone.pk) == end and (gone.pk == named.pk or gone.survivor_id):
            return None
        if gone.survivor_id:
            raise MergedElsewhere("the patient was merged into another before", field="MRG-1")
        if end == gone.pk:
            raise OppositeMerge("these two were merged the other way round before", field="MRG-1")
        row = _written(named, gone, kind=kind, reason=reason, origin=origin)
        followers = [each for each in rows.values() if each.survivor_id == gone.pk]
        gone.state = PatientState.MERGED
        _point((gone, *followers), to=end, merge=row, undoing=False, origin=origin)
    return row


def undo(*, merge_id: int, reason: str, origin: Origin) -> PatientMerge:
    """Take a merge back: the loser, and whoever was merged into them, stand as before.

    Raises:
        NoSuchMerge: there is none with this id.
        UndoneAlready: it does not stand any longer.
    """
    with transaction.atomic():
        row = PatientMerge.objects.select_for_update().filter(pk=merge_id).first()
        if row is None:
            raise NoSuchMerge("there is no such merge")
        if row.undone_at is not None:
            raise UndoneAlready("the merge was undone before")
        rows = _locked(Q(pk__in=cluster_of(row.loser_id)))
        back = rows.pop(row.loser_id)
        survivor_id = back.survivor_id or row.survivor_id
        back.state = row.loser_state
        _point((back,), to=None, merge=row, undoing=True, origin=origin)
        _point(rows.values(), to=back.pk, merge=row, undoing=True, origin=origin)
        row.undone_at, row.undone_by = clock.now(), origin.actor[:150]
        row.undo_reason = reason[:300]
        row.save(update_fields=["undone_at", "undone_by", "undo_reason"])
        _tell(row, origin, detail="merge undone")
        publish(
            MergeUndone(
                occurred_at=clock.now(),
                correlation_id=origin.correlation_id,
                merge_id=row.pk,
                survivor_id=survivor_id,
                loser_id=back.pk,
            )
        )
    return row


def _locked(which: Q) -> dict[int, Patient]:
    rows = Patient.objects.select_for_update().filter(which).order_by("pk")
    return {row.pk: row for row in rows}


def _written(
    survivor: Patient, loser: Patient, *, kind: str, reason: str, origin: Origin
) -> PatientMerge:
    row = PatientMerge.objects.create(
        survivor=survivor,
        loser=loser,
        loser_state=loser.state,
        kind=kind,
        reason=reason[:300],
        at=clock.now(),
        door=origin.door[:20],
        actor=origin.actor[:150],
        source_kind=origin.source_kind[:20],
        source_id=origin.source_id[:80],
        correlation_id=origin.correlation_id,
    )
    _tell(row, origin, detail="merged")
    publish(
        PatientsMerged(
            occurred_at=row.at,
            correlation_id=origin.correlation_id,
            merge_id=row.pk,
            survivor_id=survivor.survivor_id or survivor.pk,
            loser_id=loser.pk,
        )
    )
    return row


def _point(
    rows: Iterable[Patient], *, to: int | None, merge: PatientMerge, undoing: bool, origin: Origin
) -> None:
    """Let patients have this survivor, and write down what they had."""
    moved = []
    for row in rows:
        before = str(row.survivor_id or "")
        row.survivor_id = to
        changes.save(row, origin=origin)
        moved.append(
            MovedRow(
                merge=merge,
                undoing=undoing,
                what="patient",
                object_id=row.pk,
                field="survivor",
                before=before,
                after=str(to or ""),
            )
        )
    MovedRow.objects.bulk_create(moved)


def _tell(row: PatientMerge, origin: Origin, *, detail: str) -> None:
    for patient_id in (row.survivor_id, row.loser_id):
        audit.record(
            action="update",
            object_type="patient",
            object_id=patient_id,
            origin=origin,
            patient_id=patient_id,
            detail=f"{detail}: merge {row.pk}",
        )
