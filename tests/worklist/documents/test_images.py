"""A letter attached to an exam is in its study, and yet no image of the exam."""

from pathlib import Path

import pytest
from pytest_django import Settings

from archive.documents.current import converter
from archive.documents.services import convert_due
from archive.models import Study
from archive.storage.filesystem import FilesystemArea
from tests.support import files
from tests.support.builders import CT1, SITE, an_exam
from tests.support.datasets import ct_instance
from tests.support.stored import area_in, settle, store
from worklist.documents.services import IncomingDocument, attach_to_exam
from worklist.models import Exam
from worklist.reconcile.services import reconcile_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def area(tmp_path: Path, settings: Settings) -> FilesystemArea:
    return area_in(tmp_path / "objects", settings)


def seen(exam: Exam) -> tuple[str, int]:
    settle()
    reconcile_study(study_id=Study.objects.get().pk, origin=CT1)
    exam.refresh_from_db()
    return exam.image_status, exam.number_of_instances


def test_documents_are_not_counted_as_images(area: FilesystemArea) -> None:
    exam = an_exam()
    attach_to_exam(
        exam=exam,
        document=IncomingDocument(content=[files.PDF]),
        area=area,
        origin=CT1,
        zone=SITE.zone,
        most_bytes=10**6,
    )
    convert_due(converter=converter(), limit=1)
    assert seen(exam) == ("none", 0)
    assert exam.first_image_at is None
    store(
        ct_instance(
            StudyInstanceUID=exam.study_instance_uid,
            AccessionNumber=exam.accession_number,
            PatientID="P1",
            PatientName="DOE^JANE",
        ),
        area=area,
    )
    assert seen(exam) == ("received", 1)
    assert Study.objects.get().number_of_instances == 2
