"""Each task of the archive calls its service."""

import pytest
from pytest_django import Settings

from archive.storage.filesystem import FilesystemArea
from archive.store.models import Series, Study
from archive.tasks import check_quiet_studies, keep_metadata
from pacs_hub.kernel import clock
from tests.support.datasets import ct_instance
from tests.support.stored import settle, store

pytestmark = pytest.mark.django_db


def test_the_sweep_settles_what_is_quiet(area: FilesystemArea, settings: Settings) -> None:
    settings.HUB_STUDY_QUIET_SECONDS = 0
    store(ct_instance(), area=area)
    check_quiet_studies()
    assert Study.objects.get().state == "received"


def test_metadata_of_a_settled_study_is_kept_without_being_asked_for(area: FilesystemArea) -> None:
    store(ct_instance(), area=area)
    settle()
    assert Study.objects.get().last_received_at <= clock.now()
    keep_metadata()
    keep_metadata()
    assert Series.objects.get().metadata is not None
