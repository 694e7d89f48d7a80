"""Change an identifier, give it to another record, and link two records (ADT^A47, A43, A24)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from django.db import transaction
from django.db.models import Q

from archive.patients.models import Patient, PatientIdentifier, PatientLink
from archive.patients.rules import Identifier
from archive.patients.services._telling import tell
from pacs_hub.audit import changes
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict
from pacs_hub.kernel.origin import Origin


class IdentifierTaken(Conflict):
    """The new identifier is another patient's."""

    code = "patient-identifier-taken"


ChangedIdentifier = Literal["changed", "already", "unknown"]


def change_identifier(*, old: Identifier, new: Identifier, origin: Origin) -> ChangedIdentifier:
    """Let the patient known as `old` be known as `new`; `old` stays as a former identifier.

    "already": `new` is known and `old` is not, or both are the same patient's; "unknown": neither.

    Raises:
        IdentifierTaken: `new` is another patient's.
    """
    with transaction.atomic():
        before, after = _row(old), _row(new)
        if before is None:
            return "unknown" if after is None else "already"
        if after is not None and _owner(after) != _owner(before):
            raise IdentifierTaken("the new identifier is another patient's", field="PID-3")
        merged = after is not None and after.patient_id != before.patient_id
        if merged or before.retired_at is not None:
            return "already"
        former = Identifier(**{name: getattr(before, name) for name in asdict(old)})
        if after is None:  # the row keeps its place: the first of a patient is the one shown
            for name, value in asdict(new).items():
                setattr(before, name, value or getattr(before, name))
            changes.save(before, origin=origin)
            before = PatientIdentifier(patient=before.patient, **asdict(former))
        before.retired_at = clock.now()
        changes.save(before, origin=origin)
        tell(before.patient, origin, action="update")
    return "changed"


def move_identifier(*, identifier: Identifier, to: Patient, origin: Origin) -> Patient | None:
    """Give an identifier to another patient; returns whose it was, None if it is theirs already."""
    with transaction.atomic():
        row = _row(identifier)
        if row is None or row.patient_id == to.pk:
            return None
        owner = row.patient
        row.patient = to
        changes.save(row, origin=origin)
        tell(owner, origin, action="update")
        tell(to, origin, action="update")
    return owner


def link(*, one: Patient, other: Patient, origin: Origin) -> bool:
    """Say that two records may be one person (ADT^A24); returns whether that is new.

    Both stay as they are, and nothing moves.
    """
    first, second = sorted((one, other), key=lambda row: row.pk)
    if first.pk == second.pk:
        return False
    _, made = PatientLink.objects.get_or_create(
        one=first,
        other=second,
        defaults={"at": clock.now(), "correlation_id": origin.correlation_id},
    )
    if made:
        _tell_both(first, second, origin)
    return made


def unlink(*, one: Patient, other: Patient, origin: Origin) -> bool:
    """Take such a link away (ADT^A37); returns whether there was one."""
    pair = sorted((one.pk, other.pk))
    gone, _ = PatientLink.objects.filter(one=pair[0], other=pair[1]).delete()
    if gone:
        _tell_both(one, other, origin)
    return bool(gone)


def _tell_both(one: Patient, other: Patient, origin: Origin) -> None:
    for patient in (one, other):
        tell(patient, origin, action="update")


def _owner(row: PatientIdentifier) -> int:
    return row.patient.survivor_id or row.patient_id


def _row(told: Identifier) -> PatientIdentifier | None:
    which = Q(issuer=told.issuer)
    if told.universal_id:
        which |= Q(universal_id=told.universal_id)
    rows = PatientIdentifier.objects.select_related("patient").select_for_update(of=("self",))
    return rows.filter(which, value=told.value).first()
