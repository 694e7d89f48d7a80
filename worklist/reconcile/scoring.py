"""Does this study belong to that exam? Facts in, verdict and evidence out; pure.

Only an identifier proves (accession number or Study Instance UID), and only while nothing
contradicts. Demographics alone never link.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from worklist.reconcile.rules import (
    Difference,
    ExamCandidate,
    StudyFacts,
    differences_of,
    same_patient,
)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An exam the study may belong to: what speaks for it, and the gates that keep it shut."""

    exam: str
    score: float
    rule: str
    reasons: tuple[str, ...]
    gates: tuple[str, ...]


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


def rank(study: StudyFacts, candidates: Sequence[ExamCandidate]) -> list[Candidate]:
    """Return every candidate with what speaks for and against it, the best first.

    The score is that of the identifiers alone, less a tenth for each attribute that differs.
    """
    ranked = []
    for exam in candidates:
        proofs = [
            name
            for name, same in (
                ("study-instance-uid", exam.study_instance_uid == study.study_instance_uid),
                ("accession-number", exam.accession_number == study.accession_number),
            )
            if same
        ]
        differences = differences_of(study, exam)
        gates = () if same_patient(study, exam, differences) else ("other patient",)
        ranked.append(
            Candidate(
                exam=str(exam.exam_id),
                score=round(max(0.0, 1.0 - len(differences) / 10), 2),
                rule=proofs[0] if proofs else "",
                reasons=tuple(f"same {name.replace('-', ' ')}" for name in proofs),
                gates=gates,
            )
        )
    return sorted(ranked, key=lambda c: (len(c.gates), -len(c.reasons), -c.score, c.exam))


def _one(
    study: StudyFacts,
    exam: ExamCandidate,
    *,
    rule: str,
    by_accession: Sequence[ExamCandidate],
) -> Verdict:
    differences = differences_of(study, exam)
    reasons = []
    if by_accession and exam not in by_accession:
        reasons.append("its accession number belongs to another exam")
    if study.accession_number and exam.accession_number != study.accession_number:
        reasons.append("its accession number is not the exam's")
    if not same_patient(study, exam, differences):
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
