"""Merge patients, move what one number stands for, delete a patient, and take a merge back.

Archive and worklist keep every row under the patient it was filed under and read through the
survivor, so one transaction over a handful of patient rows is the whole merge. A patient may be
deleted only where neither of the two has anything of theirs.
"""

from __future__ import annotations

from django.db import transaction

from archive.models import Patient, PatientMerge
from archive.patients import services as patients
from archive.patients.likeness import look_different
from archive.patients.models import PatientState
from archive.patients.queries import merge_of, resolve
from archive.patients.rules import Identifier
from archive.store import services as archive
from pacs_hub.kernel.errors import Conflict
from pacs_hub.kernel.origin import Origin
from worklist.exams.rules import ForAPerson
from worklist.identity.queries import late_studies, what_is_theirs


class PatientsLookDifferent(ForAPerson):
    """The two can hardly be one person: somebody has to look before they are merged."""

    code = "patients-look-different"


class MergeOfOne(Conflict):
    """A patient cannot be merged into themselves."""

    code = "merge-of-one-patient"


class PatientHasMore(ForAPerson):
    """Somebody of whom there are orders, images or merges cannot be deleted."""

    code = "patient-has-more"


class NumberOfSeveral(ForAPerson):
    """The number is one of several of its patient: what goes along with it is not known."""

    code = "one-number-of-several"


def merge_patients(
    *,
    survivor: Patient,
    loser: Patient,
    kind: str,
    origin: Origin,
    reason: str = "",
    trusted: bool = False,
) -> PatientMerge | None:
    """Merge `loser` into `survivor`; None where they are one patient already.

    `trusted`: whoever asks is believed though the two look different.

    Raises:
        PatientsLookDifferent: and nobody said that it is meant so.
        MergedElsewhere, OppositeMerge: an earlier merge forbids it.
    """
    with transaction.atomic():
        one, other = resolve(survivor), resolve(loser)
        reasons = () if trusted or one.pk == other.pk else look_different(one, other)
        if reasons:
            raise PatientsLookDifferent(
                f"the two can hardly be one person: {', '.join(reasons)}", field="MRG-1"
            )
        return patients.merge(
            survivor=survivor, loser=loser, kind=kind, origin=origin, reason=reason
        )


def merge_by_hand(
    *, survivor: Patient, loser: Patient, origin: Origin, reason: str, although: bool = False
) -> PatientMerge:
    """Merge two patients because a person says so; `although` they look different.

    Raises:
        MergeOfOne: they are one patient already.
        PatientsLookDifferent, MergedElsewhere, OppositeMerge: as `merge_patients`.
    """
    row = merge_patients(
        survivor=survivor,
        loser=loser,
        kind="hand",
        origin=origin,
        reason=reason,
        trusted=although,
    )
    if row is None:
        raise MergeOfOne("these two are one patient already")
    return row


def undo_merge(*, merge_id: int, reason: str, default_issuer: str, origin: Origin) -> PatientMerge:
    """Take a merge back; studies that came since for a number of the loser go with it.

    What came for an order meanwhile stays where it is: whose it is no row says.

    Raises:
        NoSuchMerge, UndoneAlready: there is nothing to take back.
    """
    with transaction.atomic():
        late = list(late_studies(merge_of(merge_id)).values_list("pk", flat=True))
        row = patients.undo(merge_id=merge_id, reason=reason, origin=origin)
        for study_id in late:
            archive.file_as_received(
                study_id=study_id, default_issuer=default_issuer, origin=origin
            )
    return row


def move_number(
    *, identifier: Identifier, source: Patient, target: Patient, origin: Origin, kind: str
) -> bool:
    """Move an identifier with all that hangs on it to another patient (ADT^A43).

    Where it is the only number of its patient, that is a merge; returns whether anything moved.

    Raises:
        NumberOfSeveral: the patient has more numbers, and keeps what is filed.
    """
    with transaction.atomic():
        numbers = [row for row in source.identifiers.all() if row.retired_at is None]
        if resolve(source).pk == resolve(target).pk:
            return False
        if len(numbers) > 1:
            raise NumberOfSeveral(
                "the patient has other numbers: which orders and images go along is not said",
                field="MRG-1",
            )
        merged = merge_patients(
            survivor=target,
            loser=source,
            kind=kind,
            origin=origin,
            trusted=True,
            reason=f"number {identifier.type_code} moved".strip(),
        )
    return merged is not None


def delete_patient(*, patient: Patient, origin: Origin) -> bool:
    """Mark a patient as entered in error (ADT^A29); returns whether that changed anything.

    Raises:
        PatientHasMore: there are orders, images or merges of theirs.
    """
    with transaction.atomic():
        theirs = what_is_theirs([patient.pk])
        if patient.state == PatientState.MERGED or theirs.anything:
            raise PatientHasMore(
                "there are orders or images of the patient, or they were merged", field="PID-3"
            )
        return patients.enter_in_error(patient=patient, origin=origin)
