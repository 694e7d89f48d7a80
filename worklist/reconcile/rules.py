"""Do a study and an exam speak of one patient? Facts in, differences out; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from archive.patients.rules import name_similarity

SAME_NAME: Final = 0.90
OTHER_NAME: Final = 0.80


@dataclass(frozen=True, kw_only=True)
class StudyFacts:
    """A study as received; `patient_pk` is the surviving patient its ID and issuer name."""

    study_instance_uid: str
    accession_number: str
    patient_pk: int
    patient_name: str
    birth_date: date | None
    sex: str


@dataclass(frozen=True, kw_only=True)
class ExamCandidate:
    """An exam that shares an identifier with the study."""

    exam_id: int
    study_instance_uid: str
    accession_number: str
    patient_pk: int
    patient_name: str
    birth_date: date | None
    sex: str
    status: str


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One attribute in which the study and the exam's patient differ."""

    attribute: str
    received: str
    expected: str


def same_patient(study: StudyFacts, exam: ExamCandidate, differences: Sequence[Difference]) -> bool:
    """Same ID and issuer without two contradictions, or same name and birth date."""
    similarity = name_similarity(study.patient_name, exam.patient_name)
    if study.patient_pk == exam.patient_pk:
        against = {d.attribute for d in differences} - {"PatientName", "PatientID"}
        name_is_other = bool(study.patient_name and exam.patient_name) and similarity < OTHER_NAME
        return len(against) + name_is_other < 2
    return (
        similarity >= SAME_NAME
        and study.birth_date is not None
        and study.birth_date == exam.birth_date
        and not _opposite_sex(study.sex, exam.sex)
    )


def _opposite_sex(left: str, right: str) -> bool:
    return {left, right} == {"M", "F"}


def differences_of(study: StudyFacts, exam: ExamCandidate) -> tuple[Difference, ...]:
    """Return the attributes in which the study and the exam's patient differ."""
    found = []
    if study.patient_pk != exam.patient_pk:
        found.append(Difference(attribute="PatientID", received="another", expected="the exam's"))
    both_named = bool(study.patient_name and exam.patient_name)
    if both_named and name_similarity(study.patient_name, exam.patient_name) < 1:
        found.append(
            Difference(
                attribute="PatientName", received=study.patient_name, expected=exam.patient_name
            )
        )
    if study.birth_date and exam.birth_date and study.birth_date != exam.birth_date:
        found.append(
            Difference(
                attribute="PatientBirthDate",
                received=study.birth_date.isoformat(),
                expected=exam.birth_date.isoformat(),
            )
        )
    if _opposite_sex(study.sex, exam.sex):
        found.append(Difference(attribute="PatientSex", received=study.sex, expected=exam.sex))
    return tuple(found)
