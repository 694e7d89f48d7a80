"""A rejection note takes what it names out of use, whenever either of them comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydicom import Dataset

from archive.keeping.services import reindex
from archive.models import Instance, KeptAside, RejectedReference, RejectionNote, Series, Study
from archive.rejection import queries
from archive.rejection.services import (
    AlreadyUndone,
    NoSuchNote,
    reject_late_arrivals,
    reject_left_behind,
    take_note,
    undo_rejection,
)
from archive.storage.filesystem import FilesystemArea
from archive.store.queries import studies
from archive.store.services import DifferentObject
from pacs_hub.access.permissions import Principal
from pacs_hub.audit.models import AuditRow
from pacs_hub.kernel.errors import Malformed
from pacs_hub.outbox.relay import Relay
from pacs_hub.wiring.subscriptions import SUBSCRIPTIONS, UNHEARD
from tests.support.builders import ADMIN, CT1, an_exam
from tests.support.rejection import of_a_study, rejection_note
from tests.support.stored import settle, store

pytestmark = pytest.mark.django_db
READER = Principal(name="reader", role="radiologist")


def relay() -> None:
    """Hand every event to its reactions, as the worker does."""
    Relay(SUBSCRIPTIONS, UNHEARD, lease_seconds=60).run()


def codes(*objects: Dataset) -> list[str]:
    """Return what each object is rejected as."""
    rows = dict(Instance.objects.values_list("sop_instance_uid", "rejected_as"))
    return [rows[str(ds.SOPInstanceUID)] for ds in objects]


def test_what_a_note_names_is_out_of_use_at_once(area: FilesystemArea) -> None:
    images = of_a_study(3)
    store(*images, area=area)
    store(rejection_note(*images[:2]), area=area)
    relay()
    assert codes(*images) == ["113001", "113001", ""]
    settle()
    study = Study.objects.get()
    assert (study.number_of_instances, study.number_of_series) == (1, 1)
    assert study.revised_at is not None


@pytest.mark.parametrize(
    ("title", "note_is_seen"),
    [("113001", False), ("113037", True), ("113038", False), ("113039", False)],
)
def test_the_note_itself_is_seen_by_the_rule_of_its_code(
    area: FilesystemArea, title: str, note_is_seen: bool
) -> None:
    images = of_a_study(1)
    note = rejection_note(*images, title=title)
    store(*images, note, area=area)
    relay()
    settle()
    assert codes(note) == ["" if note_is_seen else title]
    assert queries.notes(principal=READER).exists() is note_is_seen
    assert queries.notes(principal=ADMIN).count() == 1
    assert Instance.objects.filter(queries.sent_on()).get().sop_instance_uid == note.SOPInstanceUID
    assert Instance.objects.filter(queries.expired()).exists() is (title == "113039")


def test_a_study_of_which_nothing_is_left_vanishes_from_the_list(area: FilesystemArea) -> None:
    images = of_a_study(2)
    store(*images, area=area)
    settle()
    store(rejection_note(*images, title="113038"), area=area)
    relay()
    settle()
    assert list(studies(principal=READER)) == []
    assert queries.rejected(principal=ADMIN).count() == 3
    assert not queries.rejected(principal=READER).exists()


def test_kept_metadata_is_dropped(area: FilesystemArea) -> None:
    images = of_a_study(2)
    store(*images, area=area)
    settle()
    Series.objects.update(metadata=b"kept")
    store(rejection_note(images[0]), area=area)
    relay()
    assert Series.objects.get(series_instance_uid=images[0].SeriesInstanceUID).metadata is None


def test_what_comes_after_its_note_is_rejected_when_it_comes(area: FilesystemArea) -> None:
    images = of_a_study(3)
    store(images[0], rejection_note(*images, title="113037"), area=area)
    relay()
    settle()
    assert RejectedReference.objects.filter(instance__isnull=True).count() == 2
    store(images[1], area=area)
    relay()
    assert codes(*images[:2]) == ["113037", "113037"]
    store(images[2], area=area)
    settle()
    relay()
    assert codes(images[2]) == ["113037"]
    assert Study.objects.get().number_of_instances == 1  # the note


def test_what_nobody_told_of_is_found_and_rejected(area: FilesystemArea) -> None:
    images = of_a_study(2)
    store(rejection_note(*images), area=area)
    relay()
    store(*images, area=area)  # and no event is handled
    assert codes(*images) == ["", ""]
    assert reject_left_behind(limit=10, origin=CT1) == 2
    assert codes(*images) == ["113001", "113001"]
    assert reject_left_behind(limit=10, origin=CT1) == 0


def test_a_rebuilt_index_hides_what_was_rejected(area: FilesystemArea) -> None:
    images = of_a_study(2)
    store(*images, rejection_note(*images, title="113037"), area=area)
    relay()
    Study.objects.all().delete()
    reindex(area=area, default_issuer="GH", tell=lambda done: None)
    relay()
    reject_left_behind(limit=10, origin=CT1)
    assert codes(*images) == ["113037", "113037"]
    assert Study.objects.get().number_of_instances == 1


def test_a_note_for_another_study_does_not_reach_over(area: FilesystemArea) -> None:
    (image,) = of_a_study(1)
    note = rejection_note(image)
    note.CurrentRequestedProcedureEvidenceSequence[0].StudyInstanceUID = "1.2.3"
    store(image, note, area=area)
    relay()
    assert codes(image) == [""]


def test_sent_again_it_stays_rejected_and_corrected_it_is_kept_aside(area: FilesystemArea) -> None:
    (image,) = of_a_study(1)
    store(image, rejection_note(image, title="113038"), area=area)
    relay()
    store(image, area=area)
    settle()
    relay()
    assert codes(image) == ["113038"]
    image.PatientID = "P200"
    with pytest.raises(DifferentObject):
        store(image, area=area)
    assert KeptAside.objects.count() == 1
    assert codes(image) == ["113038"]


def test_a_note_is_taken_once(area: FilesystemArea) -> None:
    (image,) = of_a_study(1)
    note = rejection_note(image)
    store(image, note, area=area)
    relay()
    again = take_note(sop_instance_uid=note.SOPInstanceUID, area=area, origin=CT1)
    assert again == RejectionNote.objects.get()
    assert (again.actor, again.text) == ("CT1", "moved")
    assert AuditRow.objects.filter(detail__startswith="rejected as 113001").count() == 1


def test_other_key_objects_have_no_effect(area: FilesystemArea) -> None:
    (image,) = of_a_study(1)
    store(image, rejection_note(image, title="113000"), area=area)
    relay()
    assert codes(image) == [""]
    assert not RejectionNote.objects.exists()


def test_a_note_that_cannot_be_read_says_so(area: FilesystemArea) -> None:
    (image,) = of_a_study(1)
    note = rejection_note(image)
    del note.ContentSequence
    note.add_new(0x0040A730, "UT", "no sequence")
    (row,) = store(note, area=area)
    with pytest.raises(Malformed):
        take_note(sop_instance_uid=row.sop_instance_uid, area=area, origin=CT1)


def test_undone_the_objects_are_back_and_the_note_is_out_of_use(area: FilesystemArea) -> None:
    images = of_a_study(2)
    note = rejection_note(*images, title="113037")
    store(*images, note, area=area)
    relay()
    undone = undo_rejection(note_id=RejectionNote.objects.get().pk, text="mistake", origin=CT1)
    assert codes(*images, note) == ["", "", "113037"]
    assert Study.objects.get().number_of_instances == 2
    assert AuditRow.objects.filter(detail="rejection as 113037 undone: mistake").exists()
    with pytest.raises(AlreadyUndone):
        undo_rejection(note_id=undone.pk, text="", origin=CT1)
    with pytest.raises(NoSuchNote):
        undo_rejection(note_id=0, text="", origin=CT1)


def test_of_two_notes_the_other_still_holds_when_one_is_undone(area: FilesystemArea) -> None:
    (image,) = of_a_study(1)
    store(image, rejection_note(image, title="113037"), rejection_note(image), area=area)
    relay()
    assert codes(image) == ["113037"]
    undo_rejection(note_id=RejectionNote.objects.get(code="113037").pk, text="", origin=CT1)
    assert codes(image) == ["113001"]


def test_the_exam_counts_what_is_left(area: FilesystemArea) -> None:
    exam = an_exam()
    images = of_a_study(
        3,
        StudyInstanceUID=exam.study_instance_uid,
        AccessionNumber=exam.accession_number,
        PatientID="P1",
        PatientName="DOE^JANE",
    )
    store(*images, area=area)
    settle()
    relay()
    exam.refresh_from_db()
    assert exam.number_of_instances == 3
    store(rejection_note(*images[:2]), area=area)
    settle()
    relay()
    exam.refresh_from_db()
    assert exam.number_of_instances == 1


def test_where_nothing_waits_an_event_costs_one_question(
    area: FilesystemArea, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    (image,) = of_a_study(1)
    store(image, area=area)
    with django_assert_max_num_queries(3):  # and a savepoint around it
        reject_late_arrivals(study_instance_uid=image.StudyInstanceUID, origin=CT1)


def test_a_note_costs_by_the_portion_and_not_by_the_object(
    area: FilesystemArea, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    images = of_a_study(600)
    rows = store(images[0], rejection_note(*images), area=area)
    with django_assert_max_num_queries(40):
        take_note(sop_instance_uid=rows[1].sop_instance_uid, area=area, origin=CT1)
    assert RejectedReference.objects.count() == 600
