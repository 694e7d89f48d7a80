"""What leaves of a study instead of what was received; reads only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from archive.corrections.attributes import (
    ISSUER_OF_PATIENT_ID,
    PATIENT_BIRTH_DATE,
    PATIENT_ID,
    PATIENT_NAME,
    PATIENT_SEX,
)
from archive.corrections.models import Reason
from archive.corrections.rules import Change, Identity, Overlay, agree, batches, text_of
from archive.dicom.dates import da, read_date
from archive.dicom.json_model import Json, text_value
from archive.patients.models import Patient, PatientIdentifier, PatientState
from archive.patients.queries import resolve
from archive.patients.rules import UNIDENTIFIED
from archive.store.models import Instance, Study

SYSTEM: Final = "PACS hub"
"""Who modifies (0400,0563)."""

_KEPT_ON: Final = "corrections_overlay"


def overlay_of(study: Study) -> Overlay | None:
    """Return the overlay of a study; None where nothing of it changes.

    It costs a query for the patient unless the row came with them, one for their identifiers, and
    one where the study was ever corrected; it is kept on the row.
    """
    if not hasattr(study, _KEPT_ON):
        setattr(study, _KEPT_ON, _overlay(study))
    kept: Overlay | None = getattr(study, _KEPT_ON)
    return kept


def overlay_stamp(study: Study) -> bytes:
    """Return eight bytes that change whenever the overlay does; zeros without one."""
    overlay = overlay_of(study)
    return hashlib.sha256(repr(overlay).encode()).digest()[:8] if overlay else bytes(8)


def share_studies(rows: Iterable[Instance]) -> None:
    """Let rows of one study have one study object, so that its overlay is made once."""
    studies: dict[int, Study] = {}
    for row in rows:
        row.study = studies.setdefault(row.study_id, row.study)


def identity_of(study: Study) -> Identity:
    """Return whom the study's objects name as they leave: what a find has to answer."""
    received = received_identity(study)
    overlay = overlay_of(study)
    if overlay is None:
        return received
    said = _as_json(received)
    for batch in batches(overlay, said):
        said.update(batch.attributes)
    birth_date = text_of(said, PATIENT_BIRTH_DATE)
    return Identity(
        name=text_of(said, PATIENT_NAME),
        patient_id=text_of(said, PATIENT_ID),
        issuer=text_of(said, ISSUER_OF_PATIENT_ID),
        birth_date=read_date(birth_date) if birth_date else None,
        sex=text_of(said, PATIENT_SEX),
    )


def received_identity(study: Study) -> Identity:
    """Return whom the header of the study's first object names."""
    return Identity(
        name=study.patient_name_received,
        patient_id=study.patient_id_received,
        issuer=study.issuer_received,
        birth_date=study.birth_date_received,
        sex=study.sex_received,
    )


def _overlay(study: Study) -> Overlay | None:
    changes = []
    patient = _patient(study)
    if _is_known(study, patient):
        changes.append(
            Change(
                reason=Reason.COERCE,
                source="patient master",
                at=_at(study, patient),
                attributes={},
                identity=_identity(patient, study),
            )
        )
    if study.revised_at is not None:
        kept = sorted(study.corrections.all(), key=lambda row: row.pk)  # prefetched for a page
        rows = [row for row in kept if row.withdrawn_at is None]
        changes += [
            Change(reason=row.reason, source=row.source, at=row.at, attributes=row.attributes)
            for row in rows
        ]
    return Overlay(changes=tuple(changes), system=SYSTEM) if changes else None


def _patient(study: Study) -> Patient:
    """Return the surviving patient, in one query where the row came without its patient."""
    if "patient" not in study._state.fields_cache:
        study.patient = Patient.objects.select_related("survivor").get(pk=study.patient_id)
    return resolve(study.patient)


def _is_known(study: Study, patient: Patient) -> bool:
    """Say whether the patient block of the header may be written from the master."""
    if study.identity_verified:
        return True
    master = Identity(name=patient.name, birth_date=patient.birth_date)
    registered = patient.state != PatientState.PROVISIONAL
    return registered and agree(received_identity(study), master)


def _identity(patient: Patient, study: Study) -> Identity:
    """Return the master's identity: under the ID the header has, where that is one of theirs."""
    kept: list[PatientIdentifier] = sorted(patient.identifiers.all(), key=lambda row: row.pk)
    rows = [  # a stand-in is nobody's ID, and who was renumbered leaves under the new number
        row for row in kept if row.issuer != UNIDENTIFIED and row.retired_at is None
    ]
    chosen = next(
        (
            row
            for row in rows
            if row.value == study.patient_id_received and study.issuer_received in {"", row.issuer}
        ),
        rows[0] if rows else None,
    )
    return Identity(
        name=patient.name,
        patient_id=chosen.value if chosen else "",
        issuer=chosen.issuer if chosen else "",
        birth_date=patient.birth_date,
        sex=patient.sex,
        others=tuple((row.value, row.issuer) for row in rows if row != chosen),
    )


def _at(study: Study, patient: Patient) -> datetime:
    """Return when the identity became what it is."""
    return max(study.revised_at or patient.updated_at, patient.updated_at)


def _as_json(identity: Identity) -> dict[str, Json]:
    birth_date = da(identity.birth_date) if identity.birth_date else ""
    out = {
        PATIENT_NAME: text_value("PN", [identity.name]),
        PATIENT_ID: text_value("LO", [identity.patient_id]),
        PATIENT_BIRTH_DATE: text_value("DA", [birth_date]),
        PATIENT_SEX: text_value("CS", [identity.sex]),
    }
    if identity.issuer:
        out[ISSUER_OF_PATIENT_ID] = text_value("LO", [identity.issuer])
    return out
