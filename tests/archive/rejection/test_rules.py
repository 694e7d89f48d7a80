"""What makes a key object a rejection note, and which of several notes counts."""

from __future__ import annotations

import pytest

from archive.rejection.rules import REASONS, NoSuchReason, read_note, reason_of, strongest
from tests.support.rejection import of_a_study, rejection_note


@pytest.mark.parametrize("title", ["113001", "113037", "113038", "113039"])
def test_a_note_names_objects_reason_and_words(title: str) -> None:
    images = of_a_study(2)
    note = read_note(rejection_note(*images, title=title, text="wrong side"))
    assert note is not None
    assert (note.reason.code, note.text) == (title, "wrong side")
    assert [ref.sop_instance_uid for ref in note.references] == [
        image.SOPInstanceUID for image in images
    ]
    assert {ref.study_instance_uid for ref in note.references} == {images[0].StudyInstanceUID}


@pytest.mark.parametrize("title", ["113000", "113004", ""])
def test_other_key_objects_reject_nothing(title: str) -> None:
    assert read_note(rejection_note(*of_a_study(1), title=title)) is None


def test_a_code_of_another_scheme_rejects_nothing() -> None:
    note = rejection_note(*of_a_study(1))
    note.ConceptNameCodeSequence[0].CodingSchemeDesignator = "99LOCAL"
    assert read_note(note) is None


def test_what_the_content_names_counts_and_not_all_of_the_evidence() -> None:
    first, second = of_a_study(2)
    note = rejection_note(first, second)
    del note.ContentSequence[-1]
    found = read_note(note)
    assert found is not None
    assert [ref.sop_instance_uid for ref in found.references] == [first.SOPInstanceUID]


def test_without_evidence_the_objects_lie_in_the_study_of_the_note() -> None:
    (image,) = of_a_study(1)
    note = rejection_note(image)
    del note.CurrentRequestedProcedureEvidenceSequence
    found = read_note(note)
    assert found is not None
    assert found.references[0].study_instance_uid == image.StudyInstanceUID


def test_without_content_the_evidence_counts() -> None:
    (image,) = of_a_study(1)
    note = rejection_note(image)
    del note.ContentSequence
    found = read_note(note)
    assert found is not None
    assert found.references[0].sop_instance_uid == image.SOPInstanceUID


def test_the_strongest_of_several_notes_counts() -> None:
    assert strongest(["113039", "113001", "113037"]) == "113037"
    assert strongest([]) == ""


def test_only_patient_safety_shows_the_note_and_only_retention_lets_go() -> None:
    assert [code for code, reason in REASONS.items() if not reason.hides_note] == ["113037"]
    assert [code for code, reason in REASONS.items() if reason.may_be_deleted] == ["113039"]


def test_a_code_nobody_knows_is_refused() -> None:
    with pytest.raises(NoSuchReason):
        reason_of("113000")
