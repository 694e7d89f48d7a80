"""Documents on exams: the exam says whose they are and into which study they go."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pytest_django import Settings

from archive.documents.models import Document
from archive.storage.filesystem import FilesystemArea
from pacs_hub.kernel.origin import Origin
from tests.support import files
from tests.support.builders import ADMIN, an_exam
from tests.support.datasets import ct_instance
from tests.support.stored import area_in, store
from worklist.documents import queries, services
from worklist.documents.services import IncomingDocument
from worklist.models import Exam, ExamDocument, ExamEvent
from worklist.reconcile.services import link

pytestmark = pytest.mark.django_db
NURSE = Origin.over_http(user="nurse")


@pytest.fixture
def area(tmp_path: Path, settings: Settings) -> FilesystemArea:
    return area_in(tmp_path / "objects", settings)


def attach(exam: Exam, area: FilesystemArea, content: bytes = files.PDF) -> ExamDocument:
    what: dict[str, Any] = {"area": area, "origin": NURSE, "most_bytes": 10**7}
    return services.attach_to_exam(
        exam=exam,
        document=IncomingDocument(content=[content], title="Letter"),
        zone=ZoneInfo("Europe/Paris"),
        **what,
    )


def test_a_document_goes_into_the_study_of_its_exam(area: FilesystemArea) -> None:
    exam = an_exam()
    document = attach(exam, area).document
    assert document.patient_id == exam.patient_id
    assert document.study_instance_uid == exam.study_instance_uid
    assert document.accession_number == exam.accession_number
    assert document.study_description == exam.procedure_name
    assert document.study_date == exam.day


def test_a_document_joins_the_images_where_they_came_in_another_study(area: FilesystemArea) -> None:
    exam = an_exam()
    (row,) = store(ct_instance(), area=area)
    link(study_id=row.study_id, exam_id=exam.pk, reason="wrong UID on the console", origin=NURSE)
    assert attach(exam, area).document.study_instance_uid == row.study.study_instance_uid


def test_the_timeline_tells_of_it_once(area: FilesystemArea) -> None:
    exam = an_exam()
    assert attach(exam, area) == attach(exam, area)
    (event,) = ExamEvent.objects.filter(exam=exam, kind="document")
    assert (event.text, event.actor) == ("PDF document attached", "nurse")
    assert Document.objects.count() == 1


def test_documents_are_listed_by_exam(area: FilesystemArea) -> None:
    one = an_exam()
    row = attach(one, area)
    assert list(queries.documents(principal=ADMIN, exam_id=one.pk)) == [row]
    assert list(queries.documents(principal=ADMIN, exam_id=one.pk + 1)) == []
