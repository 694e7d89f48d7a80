"""Register patients and keep their demographics as the system of record tells them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Literal

from django.db import IntegrityError, transaction
from django.db.models import Q

from archive.patients.events import PatientUpdated
from archive.patients.models import Patient, PatientIdentifier, PatientState
from archive.patients.rules import Identifier, PatientFacts, name_forms
from pacs_hub.audit import changes
from pacs_hub.audit import services as audit
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict, Malformed
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox.publish import publish


class NoIdentifier(Malformed):
    """A patient without any identifier can be nobody."""

    code = "no-patient-identifier"


class IdentifiersDisagree(Conflict):
    """The identifiers of one message belong to different patients here."""

    code = "patient-identifiers-disagree"


@dataclass(frozen=True)
class _Known:
    patient: Patient
    missing: tuple[Identifier, ...]


def register_patient(
    *,
    facts: PatientFacts,
    origin: Origin,
    event_at: datetime | None = None,
    provisional: bool = False,
) -> Patient:
    """Create the patient or bring their demographics up to date; returns the survivor.

    `provisional` facts (from an order or an image) create a patient and fill gaps, but never
    change what an ADT said. Facts older than the last event change nothing (HL7 v2.5.1 EVN-2).

    Raises:
        NoIdentifier: there is none to know the patient by.
        IdentifiersDisagree: they belong to different patients.
    """
    if not facts.identifiers:
        raise NoIdentifier("the patient has no identifier", field="PID-3")
    try:
        with transaction.atomic():
            return _register(facts, origin=origin, event_at=event_at, provisional=provisional)
    except IntegrityError:  # another door registered them at this moment: now they are known
        with transaction.atomic():
            return _register(facts, origin=origin, event_at=event_at, provisional=provisional)


def _register(
    facts: PatientFacts, *, origin: Origin, event_at: datetime | None, provisional: bool
) -> Patient:
    known = _find(facts.identifiers)
    if known is None:
        return _create(facts, origin=origin, event_at=event_at, provisional=provisional)
    patient = known.patient
    _add_identifiers(patient, known.missing, origin)
    if event_at and patient.last_event_at and event_at < patient.last_event_at:
        return patient
    if provisional:
        _fill_gaps(patient, facts)
    else:
        _apply(patient, facts)
        patient.state = PatientState.ACTIVE
        patient.last_event_at = event_at or patient.last_event_at
    changed = set(changes.save(patient, origin=origin))
    if changed - {"last_event_at"} or known.missing:
        _tell(patient, origin, action="update")
    return patient


def _find(identifiers: tuple[Identifier, ...]) -> _Known | None:
    """Return the patient these identifiers name, locked, and those not stored yet."""
    wanted = reduce(or_, (Q(issuer=i.issuer, value=i.value) for i in identifiers))
    found = PatientIdentifier.objects.filter(wanted).values_list(
        "issuer", "value", "patient_id", "patient__survivor_id"
    )
    owners = {(issuer, value): survivor or own for issuer, value, own, survivor in found}
    survivors = set(owners.values())
    if not survivors:
        return None
    if len(survivors) > 1:
        raise IdentifiersDisagree("these identifiers belong to different patients", field="PID-3")
    patient = Patient.objects.select_for_update().get(pk=survivors.pop())
    return _Known(patient, tuple(i for i in identifiers if (i.issuer, i.value) not in owners))


def _create(
    facts: PatientFacts, *, origin: Origin, event_at: datetime | None, provisional: bool
) -> Patient:
    now = clock.now()
    patient = Patient(
        state=PatientState.PROVISIONAL if provisional else PatientState.ACTIVE,
        last_event_at=None if provisional else event_at,
        created_at=now,
        updated_at=now,
    )
    _apply(patient, facts)
    changes.save(patient, origin=origin)
    _add_identifiers(patient, facts.identifiers, origin)
    _tell(patient, origin, action="create")
    return patient


def _add_identifiers(patient: Patient, identifiers: tuple[Identifier, ...], origin: Origin) -> None:
    for identifier in identifiers:
        row = PatientIdentifier(
            patient=patient,
            value=identifier.value,
            issuer=identifier.issuer,
            type_code=identifier.type_code,
        )
        changes.save(row, origin=origin)


def _apply(patient: Patient, facts: PatientFacts) -> None:
    if facts.name:
        _rename(patient, facts.name)
    if facts.birth_date is not None or facts.clear_birth_date:
        patient.birth_date = facts.birth_date
    if facts.sex is not None:
        patient.sex = facts.sex
    if facts.account_number is not None:
        patient.account_number = facts.account_number


def _fill_gaps(patient: Patient, facts: PatientFacts) -> None:
    if patient.state == PatientState.PROVISIONAL and not patient.name and facts.name:
        _rename(patient, facts.name)
    patient.birth_date = patient.birth_date or facts.birth_date
    patient.sex = patient.sex or facts.sex or ""
    patient.account_number = patient.account_number or facts.account_number or ""


def _rename(patient: Patient, name: str) -> None:
    patient.name = name
    for column, form in asdict(name_forms(name)).items():
        setattr(patient, column, form)


def _tell(patient: Patient, origin: Origin, *, action: Literal["create", "update"]) -> None:
    audit.record(
        action=action,
        object_type="patient",
        object_id=patient.pk,
        origin=origin,
        patient_id=patient.pk,
    )
    publish(
        PatientUpdated(
            occurred_at=clock.now(),
            correlation_id=origin.correlation_id,
            patient_id=patient.pk,
        )
    )
