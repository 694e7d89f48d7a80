"""Whether an object names the patient of the study it wants to join; pure."""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

from archive.patients.rules import name_similarity

SAME_NAME: Final = 0.8  # families and given names in any order, without case and accents


class NamedPatient(NamedTuple):
    """The patient as a header names them; empty where it does not say."""

    patient_id: str
    issuer: str
    name: str
    birth_date: date | None
    sex: str


def names_another(study: NamedPatient, arriving: NamedPatient) -> bool:
    """Say whether the two headers surely do not mean one person.

    Other identifiers of one issuer mean other people. With the same identifier a console may
    have corrected a name or a date during the exam: two of name, birth date and sex have to
    differ. Without an identifier on both sides one of name and birth date is enough.
    """
    if study.patient_id and arriving.patient_id:
        if study.patient_id != arriving.patient_id:
            return True
        if study.issuer and arriving.issuer and study.issuer != arriving.issuer:
            return True
        return sum(_differences(study, arriving)) > 1
    name, birth_date, _ = _differences(study, arriving)
    return name or birth_date


def _differences(study: NamedPatient, arriving: NamedPatient) -> tuple[bool, bool, bool]:
    """Return what both say, and say otherwise: name, birth date, sex."""
    # A name of carets alone is like no other name, not even like itself.
    named = bool(study.name and arriving.name) and study.name != arriving.name
    return (
        named and name_similarity(study.name, arriving.name) < SAME_NAME,
        bool(study.birth_date and arriving.birth_date and study.birth_date != arriving.birth_date),
        bool({study.sex, arriving.sex} == {"M", "F"}),
    )
