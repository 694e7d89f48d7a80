"""The sweep that converts what waits."""

from datetime import timedelta

import pytest

from archive.documents.models import Document
from archive.documents.services import DocumentTarget, attach
from archive.storage.filesystem import FilesystemArea
from archive.tasks import convert_documents
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin
from tests.support import files
from tests.support.builders import a_patient

pytestmark = pytest.mark.django_db


def put(area: FilesystemArea, *contents: bytes) -> None:
    target = DocumentTarget(patient=a_patient(), study_instance_uid="1.2.3")
    for content in contents:
        attach(
            content=[content],
            target=target,
            title="",
            area=area,
            origin=Origin.over_http(user="nurse"),
            most_bytes=10**7,
        )


def test_everything_that_waits_is_converted(area: FilesystemArea) -> None:
    put(area, files.PDF, files.avi(), files.picture("PNG"))
    convert_documents()
    assert set(Document.objects.values_list("state", flat=True)) == {"stored"}


def test_one_video_is_converted_at_a_time(area: FilesystemArea) -> None:
    put(area, files.avi(), files.fitting_mp4(), files.PDF)
    running = Document.objects.get(kind="avi")
    later = clock.now() + timedelta(minutes=5)
    Document.objects.filter(pk=running.pk).update(state="converting", claimed_until=later)
    convert_documents()
    states = dict(Document.objects.values_list("kind", "state"))
    assert states == {"avi": "converting", "mp4": "waiting", "pdf": "stored"}
