"""One patient or two: what the identifiers and the demographics say together."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from worklist.reconcile.rules import ExamCandidate, StudyFacts, differences_of, same_patient

JANE: dict[str, Any] = {
    "patient_pk": 1,
    "patient_name": "DOE^JANE",
    "birth_date": date(1970, 1, 1),
    "sex": "F",
}


def verdict(**over: Any) -> bool:
    study = StudyFacts(study_instance_uid="1.1", accession_number="A1", **(JANE | over))
    exam = ExamCandidate(
        exam_id=1, study_instance_uid="1.1", accession_number="A1", status="completed", **JANE
    )
    return same_patient(study, exam, differences_of(study, exam))


@pytest.mark.parametrize(
    ("over", "same"),
    [
        ({}, True),
        ({"patient_name": "SMITH^JANE"}, True),
        ({"birth_date": date(1971, 1, 1)}, True),
        ({"sex": "O"}, True),
        ({"patient_name": ""}, True),
        ({"patient_name": "ROE^RICHARD", "sex": "M"}, False),
        ({"birth_date": date(1950, 2, 2), "sex": "M"}, False),
        ({"patient_pk": 2}, True),
        ({"patient_pk": 2, "sex": "M"}, False),
        ({"patient_pk": 2, "birth_date": None}, False),
        ({"patient_pk": 2, "patient_name": "DOE^JOHN"}, False),
    ],
)
def test_who_counts_as_the_same_patient(over: dict[str, Any], same: bool) -> None:
    assert verdict(**over) is same
