"""Register patients and keep their demographics as the system of record tells them."""

from __future__ import annotations

import functools
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Q

from archive.patients.likeness import look_different
from archive.patients.models import Patient, PatientIdentifier, PatientState
from archive.patients.queries import NoSuchPatient
from archive.patients.rules import Identifier, PatientFacts
from archive.patients.services._telling import Known, Registration, Telling, is_named, tell
from pacs_hub.audit import changes
from pacs_hub.kernel.errors import Conflict, Malformed
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox.statements import Select, given, given_id

_LOCKED: Final = Select(Patient.objects.select_for_update().filter(pk=given_id(0)))


class NoIdentifier(Malformed):
    """A patient without any identifier can be nobody."""

    code = "no-patient-identifier"


class IdentifiersDisagree(Conflict):
    """The identifiers of one message belong to different patients here."""

    code = "patient-identifiers-disagree"


class IdentifierReused(Conflict):
    """An identifier that was merged or changed is given to somebody who looks different."""

    code = "patient-identifier-reused"


def register_patient(
    *,
    facts: PatientFacts,
    origin: Origin,
    event_at: datetime | None = None,
    provisional: bool = False,
) -> Patient:
    """Create the patient or bring their demographics up to date; returns the survivor.

    As `record_patient`, for who only wants to know whom it is about.
    """
    return record_patient(
        facts=facts, origin=origin, event_at=event_at, provisional=provisional
    ).patient


def record_patient(
    *,
    facts: PatientFacts,
    origin: Origin,
    event_at: datetime | None = None,
    sender: str = "",
    provisional: bool = False,
    create: bool = True,
    new_person: bool = False,
) -> Registration:
    """Create the patient or bring their demographics up to date.

    `provisional` facts (from an order or an image) create a patient and fill gaps, but never
    change what an ADT said. Facts older than the last event of the same `sender` change nothing
    (HL7 v2.5.1 EVN-6, EVN-2). `new_person`: the identifiers were given out just now.

    Raises:
        NoIdentifier: there is none to know the patient by.
        IdentifiersDisagree: they belong to different patients.
        IdentifierReused: they were somebody else's, who was merged.
        NoSuchPatient: nobody has them, and `create` says to make nobody.
    """
    if not facts.identifiers:
        raise NoIdentifier("the patient has no identifier", field="PID-3")
    telling = Telling(facts, origin, event_at, sender or origin.actor, provisional)
    with transaction.atomic(savepoint=False):
        known = _find(facts.identifiers)
        if known is None and not create:
            raise NoSuchPatient("no patient has this identifier", field="PID-3")
        if known is not None and new_person:
            _check_not_reused(known, facts)
        adds = known is None or bool(known.missing)
        try:
            with transaction.atomic(savepoint=adds):
                return telling.update(known) if known is not None else telling.create()
        except IntegrityError:  # another door registered them at this moment: now they are known
            known = _find(facts.identifiers)
            if known is None:
                raise
            return telling.update(known)


def enter_in_error(*, patient: Patient, origin: Origin) -> bool:
    """Mark a patient as one who never was (ADT^A29); returns whether anything changed."""
    with transaction.atomic(savepoint=False):
        row = Patient.objects.select_for_update().get(pk=patient.pk)
        row.state = PatientState.ENTERED_IN_ERROR
        changed = bool(changes.save(row, origin=origin))
        if changed:
            tell(row, origin, action="delete")
    return changed


def _find(identifiers: tuple[Identifier, ...]) -> Known | None:
    """Return the patient these identifiers name, locked, and those not stored yet.

    An authority is known by its namespace or by its universal ID, whichever a message gives.
    """
    names = [(i.issuer, i.value) for i in identifiers]
    worldwide = [(i.universal_id, i.value) for i in identifiers if i.universal_id]
    asked = [text for pair in (*names, *worldwide) for text in pair]
    rows = tuple(_named(len(names), len(worldwide)).fetch(*asked))
    if not rows:
        return None
    holders = sorted({row.patient_id for row in rows})
    people = {pk: _LOCKED.fetch(pk)[0] for pk in holders}
    for row in rows:
        row.patient = people[row.patient_id]
    owners = {row.patient.survivor_id or row.patient_id for row in rows}
    if not owners:
        return None
    if len(owners) > 1:
        raise IdentifiersDisagree("these identifiers belong to different patients", field="PID-3")
    owner = owners.pop()
    patient = next((row.patient for row in rows if row.patient_id == owner), None)
    if patient is None:
        patient = Patient.objects.select_for_update().get(pk=owner)
    missing = tuple(i for i in identifiers if not any(is_named(row, i) for row in rows))
    return Known(patient, rows, missing)


@functools.cache
def _named(names: int, worldwide: int) -> Select[PatientIdentifier]:
    """Return the query for identifiers by issuer and value, then by universal ID and value."""
    wanted = [Q(issuer=given(2 * n), value=given(2 * n + 1)) for n in range(names)]
    for n in range(names, names + worldwide):
        wanted.append(Q(universal_id=given(2 * n), value=given(2 * n + 1)))
    rows = PatientIdentifier.objects.filter(reduce(or_, wanted))
    return Select(rows.order_by("patient_id", "pk"))


def _check_not_reused(known: Known, facts: PatientFacts) -> None:
    """Refuse a number that was somebody's who was merged or renamed, for somebody else."""
    for row in known.rows:
        past = row.retired_at is not None or row.patient_id != known.patient.pk
        if past and look_different(facts, known.patient) and look_different(facts, row.patient):
            raise IdentifierReused(
                "the identifier belonged to another person, who was merged", field="PID-3"
            )
