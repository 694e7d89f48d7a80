"""Whom rows name: the identity their objects leave with, made for a page at a time."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import prefetch_related_objects

from archive.corrections.queries import identity_of
from archive.corrections.rules import Identity
from archive.patients.models import Patient, PatientState
from archive.patients.rules import UNIDENTIFIED
from archive.store.models import Study


def prepare_identities(*, studies: Sequence[Study], patients: Sequence[Patient]) -> None:
    """Read what the identities of these rows are made of, in as few queries for many as for one."""
    corrected = [study for study in studies if study.revised_at is not None]
    if corrected:
        prefetch_related_objects(corrected, "corrections")
    known = [study.patient.survivor or study.patient for study in studies if _may_differ(study)]
    if known or patients:
        prefetch_related_objects([*known, *patients], "identifiers")


def identity_of_study(study: Study) -> Identity:
    """Return whom the objects of a study name when they leave."""
    return identity_of(study)


def identity_of_patient(patient: Patient) -> Identity:
    """Return a person as the master has them; further identifiers in `others`.

    A stand-in for a missing identifier is nobody's ID.
    """
    rows = sorted(
        (
            row
            for row in patient.identifiers.all()
            if row.issuer != UNIDENTIFIED and row.retired_at is None
        ),
        key=lambda row: row.pk,
    )
    return Identity(
        name=patient.name,
        patient_id=rows[0].value if rows else "",
        issuer=rows[0].issuer if rows else "",
        birth_date=patient.birth_date,
        sex=patient.sex,
        others=tuple((row.value, row.issuer) for row in rows[1:]),
    )


def _may_differ(study: Study) -> bool:
    """Say whether the master may have a say in what leaves."""
    patient = study.patient.survivor or study.patient
    return study.identity_verified or patient.state != PatientState.PROVISIONAL
