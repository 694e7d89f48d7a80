"""What one source tells of one patient, put into the row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from django.db import transaction

from archive.patients.events import PatientUpdated
from archive.patients.likeness import look_different
from archive.patients.models import Patient, PatientIdentifier, PatientState
from archive.patients.rules import Identifier, PatientFacts, is_stale, name_forms
from pacs_hub.audit import changes
from pacs_hub.audit import services as audit
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox.publish import publish


@dataclass(frozen=True, kw_only=True)
class Registration:
    """What became of what was told: whom it is about, and how much of it was taken.

    `formerly`: every identifier told is one that was merged or changed. `kept`: the demographics
    stored were not overwritten, because they are of somebody who looks different.
    """

    patient: Patient
    did: Literal["created", "updated", "unchanged", "stale"]
    formerly: bool = False
    kept: bool = False


@dataclass(frozen=True)
class Known:
    """The patient whom identifiers name, locked; their rows, and those told that have none."""

    patient: Patient
    rows: tuple[PatientIdentifier, ...]
    missing: tuple[Identifier, ...]

    @property
    def formerly(self) -> bool:
        """Say whether all of the identifiers told are of times past."""
        return not self.missing and all(
            row.retired_at is not None or row.patient_id != self.patient.pk for row in self.rows
        )


@dataclass(frozen=True)
class Telling:
    """What one source tells of one patient, and how far it is believed."""

    facts: PatientFacts
    origin: Origin
    event_at: datetime | None
    sender: str
    provisional: bool

    def create(self) -> Registration:
        now = clock.now()
        patient = Patient(
            state=PatientState.PROVISIONAL if self.provisional else PatientState.ACTIVE,
            last_event_at=None if self.provisional else self.event_at,
            heard={} if self.provisional else self._heard({}),
            created_at=now,
            updated_at=now,
        )
        _apply(patient, self.facts)
        changes.save(patient, origin=self.origin)
        _add_identifiers(patient, self.facts.identifiers, self.origin)
        tell(patient, self.origin, action="create")
        return Registration(patient=patient, did="created")

    def update(self, known: Known) -> Registration:
        patient = known.patient
        stale = not self.provisional and is_stale(
            self.event_at, heard=patient.heard, sender=self.sender
        )
        kept = known.formerly and bool(look_different(self.facts, patient))
        if self.provisional or kept:
            _fill_gaps(patient, self.facts)
        elif not stale:
            _apply(patient, self.facts)
            patient.state = PatientState.ACTIVE
        changed = bool(changes.save(patient, origin=self.origin))
        if not self.provisional and not stale:
            self._hear(patient)
        added = self._identifiers(known)
        if changed or added:
            tell(patient, self.origin, action="update")
        did: Literal["updated", "unchanged"] = "updated" if changed or added else "unchanged"
        return Registration(
            patient=patient, did="stale" if stale else did, formerly=known.formerly, kept=kept
        )

    def _hear(self, patient: Patient) -> None:
        """Keep the sender's clock; it is no change of the patient, so nothing else moves."""
        heard = self._heard(patient.heard)
        if heard != patient.heard:
            patient.heard = heard
            patient.last_event_at = self.event_at
            Patient.objects.filter(pk=patient.pk).update(heard=heard, last_event_at=self.event_at)

    def _heard(self, before: dict[str, str]) -> dict[str, str]:
        if self.event_at is None:
            return before
        return {**before, self.sender: self.event_at.isoformat()}

    def _identifiers(self, known: Known) -> bool:
        """Add the identifiers that are new, and what is told anew of those that are not."""
        if known.missing:
            with transaction.atomic():
                _add_identifiers(known.patient, known.missing, self.origin)
        learned = False
        for row in known.rows if not self.provisional else ():
            told = next(i for i in self.facts.identifiers if is_named(row, i))
            row.type_code = row.type_code or told.type_code
            row.universal_id = row.universal_id or told.universal_id
            row.universal_id_type = row.universal_id_type or told.universal_id_type
            learned |= bool(changes.save(row, origin=self.origin))
        return bool(known.missing) or learned


def _add_identifiers(patient: Patient, identifiers: Sequence[Identifier], origin: Origin) -> None:
    for identifier in identifiers:
        changes.save(PatientIdentifier(patient=patient, **asdict(identifier)), origin=origin)


def _apply(patient: Patient, facts: PatientFacts) -> None:
    if facts.name:
        _rename(patient, facts.name)
    if facts.birth_date is not None or facts.clear_birth_date:
        patient.birth_date = facts.birth_date
        patient.birth_date_partial = ""
    elif facts.birth_date_partial:
        _born_about(patient, facts.birth_date_partial)
    if facts.sex is not None:
        patient.sex = facts.sex
    if facts.account_number is not None:
        patient.account_number = facts.account_number
    for column, value in facts.details.said().items():
        setattr(patient, column, value)


def _born_about(patient: Patient, partial: str) -> None:
    """Keep a year or a month; the whole date that is stored stays where it is in it."""
    stored = patient.birth_date.strftime("%Y%m%d") if patient.birth_date else ""
    if not stored.startswith(partial):
        patient.birth_date = None
    patient.birth_date_partial = "" if patient.birth_date else partial


def _fill_gaps(patient: Patient, facts: PatientFacts) -> None:
    if patient.state == PatientState.PROVISIONAL and not patient.name and facts.name:
        _rename(patient, facts.name)
    patient.birth_date = patient.birth_date or facts.birth_date
    patient.sex = patient.sex or facts.sex or ""
    patient.account_number = patient.account_number or facts.account_number or ""
    for column, value in facts.details.said().items():
        if not getattr(patient, column):
            setattr(patient, column, value)


def _rename(patient: Patient, name: str) -> None:
    patient.name = name
    for column, form in asdict(name_forms(name)).items():
        setattr(patient, column, form)


def tell(
    patient: Patient, origin: Origin, *, action: Literal["create", "update", "delete"]
) -> None:
    """Write down and publish that a patient changed; call it in the caller's transaction."""
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


def is_named(row: PatientIdentifier, told: Identifier) -> bool:
    """Say whether the row is the identifier told: the authority by one of its names."""
    same_authority = row.issuer == told.issuer or (
        bool(told.universal_id) and row.universal_id == told.universal_id
    )
    return row.value == told.value and same_authority
