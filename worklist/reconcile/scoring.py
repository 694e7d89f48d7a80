"""Does this study belong to that exam? Facts in, verdict and evidence out; pure.

Only an identifier proves (accession number or Study Instance UID), and only while nothing
contradicts. Demographics alone never link.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

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


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Linked, in conflict with the exam it names, or unmatched; with the reasons in words."""

    state: Literal["linked", "conflict", "unmatched"]
    exam_id: int | None
    rule: str
    reasons: tuple[str, ...]
    differences: tuple[Difference, ...] = ()


def match(study: StudyFacts, candidates: Sequence[ExamCandidate]) -> Verdict:
    """Decide where the study belongs."""
    by_uid = [c for c in candidates if c.study_instance_uid == study.study_instance_uid]
    by_accession = [
        c
        for c in candidates
        if study.accession_number and c.accession_number == study.accession_number
    ]
    if not by_uid and not by_accession:
        return Verdict(
            state="unmatched",
            exam_id=None,
            rule="",
            reasons=("no order has its accession number or Study Instance UID",),
        )
    if by_uid:
        return _one(study, by_uid[0], rule="study-instance-uid", by_accession=by_accession)
    if len(by_accession) > 1:
        return Verdict(
            state="unmatched",
            exam_id=None,
            rule="",
            reasons=("several exams have its accession number",),
        )
    return _one(study, by_accession[0], rule="accession-number", by_accession=by_accession)


def _one(
    study: StudyFacts,
    exam: ExamCandidate,
    *,
    rule: str,
    by_accession: Sequence[ExamCandidate],
) -> Verdict:
    differences = _differences(study, exam)
    reasons = []
    if by_accession and exam not in by_accession:
        reasons.append("its accession number belongs to another exam")
    if study.accession_number and exam.accession_number != study.accession_number:
        reasons.append("its accession number is not the exam's")
    if not _same_patient(study, exam, differences):
        reasons.append("other patient")
    if reasons:
        return Verdict(
            state="conflict",
            exam_id=exam.exam_id,
            rule=rule,
            reasons=tuple(dict.fromkeys(reasons)),
            differences=differences,
        )
    proof = {
        "study-instance-uid": "same Study Instance UID, same patient",
        "accession-number": "same accession number, same patient",
    }[rule]
    extra = ("performed though cancelled",) if exam.status in {"cancelled", "no_show"} else ()
    return Verdict(
        state="linked",
        exam_id=exam.exam_id,
        rule=rule,
        reasons=(proof, *extra),
        differences=differences,
    )


def _same_patient(
    study: StudyFacts, exam: ExamCandidate, differences: Sequence[Difference]
) -> bool:
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


def _differences(study: StudyFacts, exam: ExamCandidate) -> tuple[Difference, ...]:
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
