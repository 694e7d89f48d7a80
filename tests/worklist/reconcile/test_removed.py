"""A rule removes a study: its exam shows it, keeps its milestones, and its documents go too."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from archive.documents.models import Document
from archive.documents.queries import NoSuchDocument, original
from archive.documents.services import DocumentTarget, attach
from archive.keeping import services as keeping
from archive.keeping.models import Discarded
from archive.models import Instance, Study
from archive.storage.filesystem import FilesystemArea
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox.models import OutboxMessage
from pacs_hub.outbox.relay import Relay
from pacs_hub.web.wording import image_axis
from pacs_hub.wiring.subscriptions import SUBSCRIPTIONS, UNHEARD
from tests.support import files
from tests.support.builders import an_exam
from tests.support.callers import caller
from tests.support.datasets import ct_instance
from tests.support.stored import area_in, settle, store
from worklist.exams.models import ExamEvent
from worklist.models import Exam
from worklist.reconcile.services import forget_study, link
from worklist.reconcile.studies import linked_study_uids

pytestmark = pytest.mark.django_db(transaction=True)
ORIGIN = Origin(door="hub", actor="retention")
NURSE = Origin.over_http(user="nurse")


@pytest.fixture
def area(tmp_path: Path, settings: Settings) -> FilesystemArea:
    return area_in(tmp_path / "objects", settings)


def let_reactions_run() -> None:
    Relay(SUBSCRIPTIONS, UNHEARD, lease_seconds=30).run()


def linked(exam: Exam, area: FilesystemArea, *, age: int = 0) -> Study:
    """Store two images under a UID of their own and link them by hand."""
    first = ct_instance()
    same = {"StudyInstanceUID": first.StudyInstanceUID}
    (row, _) = store(first, ct_instance(**same), area=area)
    settle()
    link(study_id=row.study_id, exam_id=exam.pk, reason="seen on the console", origin=NURSE)
    let_reactions_run()
    if age:
        old = clock.now() - timedelta(days=age)
        Study.objects.filter(pk=row.study_id).update(last_received_at=old)
    return Study.objects.get(pk=row.study_id)


def remove_old_ones(area: FilesystemArea) -> None:
    keeping.replace_rules([{"name": "one year", "action": "delete", "days": 365}])
    done = keeping.apply_rules(
        area=area,
        veto=lambda ids: (),
        has_cold_area=False,
        limit=10,
        pages=10,
        after={},
        origin=ORIGIN,
    )
    assert done.deleted == 1
    let_reactions_run()


def letter(exam: Exam, study: str, area: FilesystemArea) -> Document:
    return attach(
        content=[files.PDF],
        target=DocumentTarget(patient=exam.patient, study_instance_uid=study),
        title="Letter",
        area=area,
        origin=NURSE,
        most_bytes=10**7,
    ).document


def test_the_exam_shows_that_its_images_went(area: FilesystemArea) -> None:
    exam = an_exam()
    linked(exam, area, age=400)
    before = Exam.objects.get(pk=exam.pk)
    remove_old_ones(area)
    after = Exam.objects.get(pk=exam.pk)
    assert (after.number_of_instances, after.image_status) == (0, "none")
    assert after.image_note == "removed by retention rule one year"
    assert (after.linked_at, after.first_image_at) == (before.linked_at, before.first_image_at)
    assert after.first_image_at is not None
    assert linked_study_uids(after) == []
    event = ExamEvent.objects.get(exam=exam, kind="images_removed")
    assert event.text == "2 images removed by retention rule one year"
    assert image_axis(after, now=clock.now()).word == "removed"


def test_told_again_it_changes_nothing(area: FilesystemArea) -> None:
    exam = an_exam()
    study = linked(exam, area, age=400)
    remove_old_ones(area)
    before = Exam.objects.get(pk=exam.pk).updated_at
    forget_study(
        study_instance_uid=study.study_instance_uid,
        patient_id=exam.patient_id,
        rule="one year",
        origin=ORIGIN,
    )
    assert ExamEvent.objects.filter(exam=exam, kind="images_removed").count() == 1
    assert Exam.objects.get(pk=exam.pk).updated_at == before


def test_what_is_left_of_the_exam_is_still_shown(area: FilesystemArea) -> None:
    exam = an_exam()
    linked(exam, area, age=400)
    stays = linked(exam, area)
    other = an_exam(patient=exam.patient, placer_order_number="PL9", accession_number="A9")
    linked(other, area)
    remove_old_ones(area)
    after = Exam.objects.get(pk=exam.pk)
    assert (after.number_of_instances, after.image_status, after.image_note) == (2, "received", "")
    assert linked_study_uids(after) == [stays.study_instance_uid]
    assert Exam.objects.get(pk=other.pk).number_of_instances == 2
    assert not ExamEvent.objects.filter(exam=other, kind="images_removed").exists()


def test_images_that_are_sent_again_show_again(area: FilesystemArea) -> None:
    exam = an_exam()
    uid = {"StudyInstanceUID": exam.study_instance_uid, "AccessionNumber": exam.accession_number}
    study = linked(exam, area, age=400)
    remove_old_ones(area)
    assert not Study.objects.filter(pk=study.pk).exists()
    (row,) = store(ct_instance(**uid), area=area)
    settle()
    let_reactions_run()
    if not Study.objects.filter(pk=row.study_id, match__state="linked").exists():
        link(study_id=row.study_id, exam_id=exam.pk, reason="sent again", origin=NURSE)
    after = Exam.objects.get(pk=exam.pk)
    assert (after.number_of_instances, after.image_note) == (1, "")


def test_documents_of_the_study_go_and_those_of_others_stay(area: FilesystemArea) -> None:
    exam = an_exam()
    study = linked(exam, area, age=400)
    goes = letter(exam, study.study_instance_uid, area)
    stays = letter(exam, "1.2.3", area)
    remove_old_ones(area)
    goes.refresh_from_db()
    assert (goes.state, Document.objects.get(pk=stays.pk).state) == ("removed", "waiting")
    with pytest.raises(NoSuchDocument):
        original(goes, area=area)
    long_ago = clock.now() - timedelta(days=1)
    for _ in range(2):
        Discarded.objects.update(at=long_ago)
        Discarded.objects.exclude(binned_at=None).update(binned_at=long_ago)
        keeping.remove_discarded(area=area, limit=100)
    (left,) = [path for path in area.path(".documents").rglob("*") if path.is_file()]
    assert left == area.path(stays.storage_key)
    with original(stays, area=area) as file:
        assert file.read() == files.PDF


def test_a_document_that_is_attached_again_is_taken_again(area: FilesystemArea) -> None:
    exam = an_exam()
    study = linked(exam, area, age=400)
    old = letter(exam, study.study_instance_uid, area)
    remove_old_ones(area)
    new = letter(exam, study.study_instance_uid, area)
    assert (new.pk, new.state) == (old.pk, "waiting")
    assert new.storage_key != old.storage_key
    with original(new, area=area) as file:
        assert file.read() == files.PDF


def test_a_rejected_study_keeps_its_documents(area: FilesystemArea) -> None:
    exam = an_exam()
    study = linked(exam, area)
    row = letter(exam, study.study_instance_uid, area)
    Instance.objects.filter(study=study).update(rejected_as="113001")
    keeping.replace_rules([{"name": "one year", "action": "delete", "days": 365}])
    keeping.apply_rules(
        area=area,
        veto=lambda ids: (),
        has_cold_area=False,
        limit=10,
        pages=10,
        after={},
        origin=ORIGIN,
    )
    assert Study.objects.filter(pk=study.pk).exists()
    assert not OutboxMessage.objects.filter(event="StudyRemoved").exists()
    assert Document.objects.get(pk=row.pk).storage_key


def test_the_file_of_a_removed_document_answers_404(
    area: FilesystemArea,
) -> None:
    exam = an_exam()
    study = linked(exam, area, age=400)
    row = letter(exam, study.study_instance_uid, area)
    remove_old_ones(area)
    assert caller("technologist").get(f"/api/documents/{row.pk}/content/").status_code == 404


def test_the_page_of_the_exam_says_why_there_are_no_images(area: FilesystemArea) -> None:
    exam = an_exam()
    study = linked(exam, area, age=400)
    remove_old_ones(area)
    page = caller("technologist").get(f"/exams/{exam.pk}/").content.decode()
    assert "Its images were removed by retention rule one year." in page
    assert "2 images removed by retention rule one year" in page
    assert study.study_instance_uid not in page
