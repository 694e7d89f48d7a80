"""Who is who across archive and worklist: the gate before a merge, a preview, a deletion."""

from __future__ import annotations

from datetime import date

import pytest

from archive.models import Patient
from archive.patients.rules import Identifier, PatientFacts
from archive.patients.services import register_patient
from tests.support.builders import HIS, an_exam
from worklist.identity import queries, services

pytestmark = pytest.mark.django_db


def a_patient(value: str, name: str = "DOE^JANE", born: date = date(1970, 1, 1)) -> Patient:
    numbered = (Identifier(value=value, issuer="GH"),)
    told = PatientFacts(identifiers=numbered, name=name, birth_date=born, sex="F")
    return register_patient(facts=told, origin=HIS)


def test_two_who_look_different_are_merged_only_where_that_is_meant() -> None:
    stays, goes = a_patient("P1"), a_patient("P2", "SMITH^ANN", date(1950, 5, 5))
    with pytest.raises(services.PatientsLookDifferent) as caught:
        services.merge_patients(survivor=stays, loser=goes, kind="A40", origin=HIS)
    assert "SMITH" not in caught.value.text, "words for a log name nobody"
    row = services.merge_patients(survivor=stays, loser=goes, kind="A40", origin=HIS, trusted=True)
    assert row is not None


def test_by_hand_one_patient_is_not_merged_into_themselves() -> None:
    one = a_patient("P1")
    with pytest.raises(services.MergeOfOne):
        services.merge_by_hand(survivor=one, loser=one, origin=HIS, reason="x")


def test_a_preview_says_what_stands_in_the_way() -> None:
    exam = an_exam()
    one, other = a_patient("P8"), a_patient("P9")
    shown = queries.preview_of_merge(survivor=one, loser=exam.patient)
    assert (shown.moves.exams, shown.moves.orders, shown.obstacle) == (1, 1, "")
    services.merge_patients(survivor=one, loser=exam.patient, kind="A40", origin=HIS)
    exam.patient.refresh_from_db()
    assert queries.preview_of_merge(survivor=exam.patient, loser=one).obstacle
    assert queries.preview_of_merge(survivor=other, loser=exam.patient).obstacle
    whole = queries.preview_of_merge(survivor=other, loser=one)
    assert (sorted(whole.patients), whole.moves.exams) == (sorted([one.pk, exam.patient_id]), 1)


def test_a_number_is_moved_with_all_that_is_theirs_where_it_is_the_only_one() -> None:
    one, other = a_patient("P1"), a_patient("P2")
    number = Identifier(value="P1", issuer="GH")
    assert services.move_number(identifier=number, source=one, target=other, origin=HIS, kind="A43")
    one.refresh_from_db()
    assert one.survivor == other


def test_one_number_of_several_is_for_a_person() -> None:
    one, other = a_patient("P1"), a_patient("P2")
    number = Identifier(value="P1", issuer="GH")
    more = PatientFacts(identifiers=(number, Identifier(value="N1", issuer="NHS")))
    register_patient(facts=more, origin=HIS)
    with pytest.raises(services.NumberOfSeveral):
        services.move_number(identifier=number, source=one, target=other, origin=HIS, kind="A43")


def test_somebody_of_whom_there_is_nothing_can_be_deleted_and_nobody_else() -> None:
    assert services.delete_patient(patient=a_patient("P8"), origin=HIS)
    with pytest.raises(services.PatientHasMore):
        services.delete_patient(patient=an_exam().patient, origin=HIS)
