"""The page of a study: what it shows to whom, and what can be done there."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from archive.keeping.models import Tombstone
from archive.models import Instance, Study
from archive.rejection.models import RejectionNote
from archive.storage import current
from archive.storage.filesystem import FilesystemArea
from pacs_hub.audit.models import AuditRow
from pacs_hub.kernel import clock
from pacs_hub.processes.keeping import move_studies, tend_archive
from tests.support import board, files
from tests.support.browsing import browser, text_of
from tests.support.builders import an_exam
from tests.support.callers import person
from tests.support.datasets import ct_series, pdf_instance
from tests.support.stored import area_in, settle, store
from worklist.models import StudyMatch

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def area(tmp_path: Path, settings: Settings) -> FilesystemArea:
    board.a_site()
    return area_in(tmp_path / "objects", settings)


@pytest.fixture
def study(area: FilesystemArea) -> Study:
    store(*ct_series(8), area=area)
    settle()
    return Study.objects.get()


def at(study: Study, more: str = "") -> str:
    return f"/studies/{study.study_instance_uid}/{more}"


def test_the_page_shows_the_person_the_series_and_where_it_is(study: Study) -> None:
    page = browser("admin").get(at(study))
    text = text_of(page)
    for words in ("Doe, Jane", "CT study", "being looked at", "8", "online", "CT1", "1 CT series"):
        assert words in text
    pictures = page.content.decode().count('class="pic"')
    assert pictures == 4, "every second of eight: at most six of a series"
    row = AuditRow.objects.get(action="view", object_type="study")
    assert (row.object_id, row.patient_id) == (study.study_instance_uid, study.patient_id)


def test_a_series_without_pictures_says_so(area: FilesystemArea) -> None:
    store(pdf_instance(), area=area)
    settle()
    assert "no picture" in text_of(browser("radiologist").get(at(Study.objects.get())))


def test_it_costs_the_same_however_much_it_holds(area: FilesystemArea, study: Study) -> None:
    client = browser("admin")
    client.get(at(study))

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(at(study))
        return len(seen)

    few = cost()
    for number in range(2, 6):
        images = list(ct_series(4))
        for image in images:
            image.StudyInstanceUID, image.SeriesNumber = study.study_instance_uid, str(number)
        store(*images, area=area)
    settle()
    assert cost() == few <= 26


def test_the_series_page_lists_its_instances(study: Study) -> None:
    series = study.series.get()
    text = text_of(browser("technologist").get(at(study, f"series/{series.series_instance_uid}/")))
    for words in ("CT Image", "Explicit VR Little Endian", "8 objects", "Tags"):
        assert words in text
    assert browser("admin").get(at(study, "series/1.2.3/")).status_code == 404


def test_a_study_that_is_not_there_is_not_found() -> None:
    assert browser("admin").get("/studies/1.2.3/").status_code == 404


def test_a_study_that_a_rule_removed_says_so() -> None:
    now = clock.now()
    Tombstone.objects.create(
        study_instance_uid="1.2.3", patient_id=1, rule="old CT", number_of_instances=7, bytes=1,
        first_received_at=now, deleted_at=now,
    )  # fmt: skip
    page = browser("radiologist").get("/studies/1.2.3/")
    assert page.status_code == 410
    assert "“old CT” removed it" in text_of(page)
    assert "7 objects" in text_of(page)
    assert browser("referrer", name="r", provider_id="D9").get("/studies/1.2.3/").status_code == 404


def test_a_referrer_sees_only_their_own_and_no_admin_actions(study: Study) -> None:
    client = browser("referrer", provider_id="D9")
    assert client.get(at(study)).status_code == 404
    Study.objects.update(referrer_id="D9")
    page = client.get(at(study))
    assert page.status_code == 200
    for word in ("Hold", "Reject", "Move to cold", "Link", "Who looked"):
        assert f">{word}" not in page.content.decode()
    assert "Export" in text_of(page)


ACTIONS = ("hold/", "release/", "cold/", "recall/", "reject/", "reject/1/undo/")


@pytest.mark.parametrize("role", ["technologist", "radiologist", "referrer", "billing", "auditor"])
@pytest.mark.parametrize("action", ACTIONS)
def test_only_an_administrator_changes_what_is_kept(study: Study, role: str, action: str) -> None:
    Study.objects.update(referrer_id="D9")
    answer = browser(role, provider_id="D9").post(at(study, action), {"reason": "because"})
    assert answer.status_code == 403


@pytest.mark.parametrize("action", ACTIONS)
def test_every_change_needs_the_token_of_the_page(study: Study, action: str) -> None:
    assert person("admin").post(at(study, action), {"reason": "because"}).status_code == 403


def test_a_hold_is_placed_and_released_with_a_reason(study: Study) -> None:
    client = browser("admin")
    refused = client.post(at(study, "hold/"), {"reason": " "}, follow=True)
    assert "Not done: a reason is needed." in text_of(refused)
    held = client.post(at(study, "hold/"), {"reason": "court case 12"}, follow=True)
    assert "The study is on hold" in text_of(held)
    assert "court case 12" in text_of(held)
    assert "hold" in text_of(client.get("/studies/?held=1"))
    freed = client.post(at(study, "release/"), {"reason": "closed"}, follow=True)
    assert "The hold is released" in text_of(freed)
    study.refresh_from_db()
    assert not study.legal_hold
    assert AuditRow.objects.filter(action="update", object_id=study.study_instance_uid).count() == 2


def test_a_study_goes_to_the_cold_area_and_back(
    study: Study, tmp_path: Path, settings: Settings
) -> None:
    client = browser("admin")
    assert client.post(at(study, "cold/")).status_code == 404
    settings.HUB_COLD_STORAGE_URL = f"file://{tmp_path}/cold"
    assert current.has_cold_area()
    asked = client.post(at(study, "cold/"), follow=True)
    assert "The study is being moved to the cold area." in text_of(asked)
    assert "moving to cold" in text_of(asked)
    assert 'data-live="on"' in asked.content.decode()
    move_studies()
    assert "cold opens a little slower" in text_of(client.get(at(study)))
    tend_archive()
    assert "Call back" in text_of(client.get(at(study))), "a look at its page moves nothing"
    asked = client.post(at(study, "recall/"), follow=True)
    assert "being called back" in text_of(asked)
    move_studies()
    study.refresh_from_db()
    assert study.tier == "main"


def test_a_study_that_grows_is_not_moved(study: Study, tmp_path: Path, settings: Settings) -> None:
    settings.HUB_COLD_STORAGE_URL = f"file://{tmp_path}/cold"
    Study.objects.update(state="receiving")
    page = browser("admin").post(at(study, "cold/"), follow=True)
    assert "Not done: objects of the study are still coming in." in text_of(page)


def test_a_rejected_study_is_gone_for_readers_and_can_be_put_back(study: Study) -> None:
    client = browser("admin")
    done = client.post(at(study, "reject/"), {"code": "113001", "text": "blurred"}, follow=True)
    assert "8 objects out of use" in text_of(done)
    assert "Everything in this study is out of use" in text_of(done)
    assert browser("radiologist", name="reader").get(at(study)).status_code == 404
    assert study.study_instance_uid not in client.get("/studies/").content.decode()
    note = RejectionNote.objects.get()
    undone = client.post(at(study, f"reject/{note.pk}/undo/"), {"reason": "my error"}, follow=True)
    assert "The objects are back in use." in text_of(undone)
    assert "undone" in text_of(undone)
    again = client.post(at(study, f"reject/{note.pk}/undo/"), {"reason": "again"}, follow=True)
    assert "Not done: the rejection was undone before." in text_of(again)
    assert client.post(at(study, "reject/999/undo/"), {"reason": "x"}).status_code == 404


def test_one_series_is_rejected_alone_and_a_bad_code_is_refused(study: Study) -> None:
    client, series = browser("admin"), study.series.get()
    bad = client.post(at(study, "reject/"), {"code": "1", "text": ""}, follow=True)
    assert "Not done: the codes of rejection are" in text_of(bad)
    data = {"code": "113037", "series": series.series_instance_uid}
    done = client.post(at(study, "reject/"), data, follow=True)
    assert "8 objects out of use" in text_of(done)
    assert Instance.objects.filter(rejected_as="113037").count() == 8


def test_a_conflict_is_shown_with_its_exam_and_can_be_linked(study: Study) -> None:
    exam = an_exam()
    StudyMatch.objects.create(
        study=study,
        exam=exam,
        state="conflict",
        reasons=["another patient"],
        differences=[{"attribute": "PatientName", "received": "DOE^JANE", "expected": "X^Y"}],
        decided_by="hub",
        decided_at=study.last_received_at,
    )
    text = text_of(browser("admin").get(at(study)))
    assert "These images are held: another patient." in text
    assert "The exam says" in text
    assert exam.accession_number in text
    assert "Say why" in text
    assert "Say why" not in text_of(browser("radiologist", name="reader").get(at(study)))


def test_a_document_is_attached_to_the_exam_of_the_study(study: Study) -> None:
    exam = an_exam()
    StudyMatch.objects.create(
        study=study, exam=exam, state="linked", decided_by="hub",
        decided_at=study.last_received_at,
    )  # fmt: skip
    client = browser("technologist")
    assert "Documents" in text_of(client.get(at(study)))
    where = f"/exams/{exam.pk}/documents/"
    data = {"title": "Letter", "next": at(study)}
    file = SimpleUploadedFile("letter.pdf", files.PDF)
    page = client.post(where, data | {"file": file}, follow=True)
    assert page.redirect_chain[0][0] == f"{at(study)}#documents"
    assert "Attached, and in the study." in text_of(page)
    assert "Letter" in text_of(page)
    nothing = client.post(where, data, follow=True)
    assert "Not attached: no file was chosen." in text_of(nothing)
    strange = SimpleUploadedFile("x.pdf", b"hello")
    refused = client.post(where, data | {"file": strange, "next": "//evil.example"}, follow=True)
    assert refused.redirect_chain[0][0] == f"/exams/{exam.pk}/#documents"
    assert "Not attached: the file is none of" in text_of(refused)
    assert browser("referrer", name="r", provider_id="D9").post(where).status_code == 403
