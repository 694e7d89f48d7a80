"""Only an identifier proves, and only while nothing contradicts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from worklist.reconcile.rules import ExamCandidate, StudyFacts
from worklist.reconcile.scoring import match, rank

BORN = date(1970, 1, 1)


def study(**over: Any) -> StudyFacts:
    facts: dict[str, Any] = {
        "study_instance_uid": "1.1",
        "accession_number": "A1",
        "patient_pk": 1,
        "patient_name": "DOE^JANE",
        "birth_date": BORN,
        "sex": "F",
    }
    return StudyFacts(**(facts | over))


def exam(**over: Any) -> ExamCandidate:
    facts: dict[str, Any] = {
        "exam_id": 10,
        "study_instance_uid": "1.1",
        "accession_number": "A1",
        "patient_pk": 1,
        "patient_name": "DOE^JANE",
        "birth_date": BORN,
        "sex": "F",
        "status": "completed",
    }
    return ExamCandidate(**(facts | over))


def test_same_uid_and_same_patient_link() -> None:
    verdict = match(study(), [exam()])
    assert (verdict.state, verdict.exam_id, verdict.rule) == ("linked", 10, "study-instance-uid")


def test_same_accession_with_another_study_uid_links() -> None:
    verdict = match(study(study_instance_uid="9.9"), [exam()])
    assert (verdict.state, verdict.rule) == ("linked", "accession-number")


def test_the_uid_alone_links_when_the_modality_sent_no_accession() -> None:
    assert match(study(accession_number=""), [exam()]).state == "linked"


def test_nothing_in_common_is_unmatched() -> None:
    assert match(study(), []).state == "unmatched"


def test_demographics_alone_never_link() -> None:
    stranger = exam(study_instance_uid="2.2", accession_number="A2")
    assert match(study(), [stranger]).state == "unmatched"


def test_another_patient_is_a_conflict_and_says_what_differs() -> None:
    verdict = match(
        study(patient_pk=2, patient_name="ROE^RICHARD", birth_date=date(1950, 2, 2), sex="M"),
        [exam()],
    )
    assert verdict.state == "conflict"
    assert "other patient" in verdict.reasons
    assert {d.attribute for d in verdict.differences} == {
        "PatientID",
        "PatientName",
        "PatientBirthDate",
        "PatientSex",
    }


def test_another_number_with_the_same_name_and_birth_date_is_the_same_person() -> None:
    assert match(study(patient_pk=2), [exam()]).state == "linked"


def test_another_number_without_a_birth_date_proves_nothing() -> None:
    assert match(study(patient_pk=2, birth_date=None), [exam()]).state == "conflict"


def test_the_same_number_with_two_contradictions_is_a_conflict() -> None:
    verdict = match(study(patient_name="ROE^RICHARD", sex="M"), [exam()])
    assert verdict.state == "conflict"


def test_the_same_number_with_one_difference_links() -> None:
    assert match(study(patient_name="SMITH^JANE"), [exam()]).state == "linked"


def test_uid_of_one_exam_and_accession_of_another_is_a_conflict() -> None:
    other = exam(exam_id=11, study_instance_uid="2.2", accession_number="A2")
    verdict = match(study(accession_number="A2"), [exam(), other])
    assert (verdict.state, verdict.exam_id) == ("conflict", 10)


def test_several_exams_with_the_accession_are_never_guessed_between() -> None:
    two = [exam(study_instance_uid="5.1"), exam(exam_id=11, study_instance_uid="5.2")]
    assert match(study(), two).state == "unmatched"


@pytest.mark.parametrize("status", ["cancelled", "no_show"])
def test_images_of_an_exam_that_was_not_to_be_are_linked_and_flagged(status: str) -> None:
    verdict = match(study(), [exam(status=status)])
    assert verdict.state == "linked"
    assert "performed though cancelled" in verdict.reasons


def test_candidates_are_ranked_with_what_speaks_for_and_against_each() -> None:
    stranger = exam(exam_id=11, patient_pk=9, patient_name="ROE^RICHARD", sex="M")
    ranked = rank(study(), [stranger, exam(exam_id=12, study_instance_uid="5.5"), exam()])
    assert [c.exam for c in ranked] == ["10", "12", "11"]
    assert ranked[0].reasons == ("same study instance uid", "same accession number")
    assert (ranked[0].gates, ranked[2].gates) == ((), ("other patient",))
    assert ranked[0].score > ranked[2].score
