"""Documents and STOW-RS when objects lie in a bucket."""

from pathlib import Path

import pytest
from django.core.cache import cache
from pytest_django import Settings

from archive.documents.models import Document
from archive.documents.services import DocumentTarget, attach
from archive.models import Instance
from archive.storage import current
from archive.tasks import convert_documents
from pacs_hub.kernel.origin import Origin
from tests.support import files
from tests.support.builders import a_patient
from tests.support.callers import caller
from tests.support.datasets import ct_instance, part10
from tests.support.peers.s3 import S3Server
from tests.support.stow import post

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _bucket(s3: S3Server, tmp_path: Path, settings: Settings) -> None:
    cache.clear()
    s3.line.mode = "pass"
    s3.use(settings, home=tmp_path)


def test_files_and_their_objects_lie_in_the_bucket() -> None:
    target = DocumentTarget(patient=a_patient(), study_instance_uid="1.2.3")
    for content in (files.PDF, files.avi(), files.fitting_mp4()):
        attach(
            content=[content],
            target=target,
            title="",
            area=current.area(),
            origin=Origin.over_http(user="nurse"),
            most_bytes=10**7,
        )
    convert_documents()
    assert list(Document.objects.values_list("state", "error_text")) == [("stored", "")] * 3
    with current.area().open(Document.objects.get(kind="avi").storage_key) as file:
        assert file.read() == files.avi()
    assert Instance.objects.count() == 3


def test_what_stow_stores_is_in_the_bucket() -> None:
    sent = part10(ct_instance())
    assert post(caller("technologist"), sent).status_code == 200
    with current.area().open(Instance.objects.get().storage_key) as file:
        assert file.read() == sent
