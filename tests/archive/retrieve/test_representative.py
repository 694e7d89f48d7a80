"""Which picture stands for a study: found without reading the study whole."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archive.models import Instance, Study
from archive.retrieve.plan import NoSuchTarget, OutOfUse, Target, representative
from archive.storage.filesystem import FilesystemArea
from pacs_hub.access.permissions import Principal
from tests.support.datasets import ct_series, pdf_instance
from tests.support.stored import store

pytestmark = pytest.mark.django_db

ADMIN = Principal(name="ana", role="admin")


def chosen() -> Instance:
    uid = Study.objects.get().study_instance_uid
    return representative(Target(study=uid), principal=ADMIN)


def test_it_is_the_middle_image_of_the_first_series_with_images(area: FilesystemArea) -> None:
    images = list(ct_series(5, SeriesNumber="7"))
    others = list(ct_series(3, SeriesNumber="9"))
    letter = pdf_instance(SeriesNumber="1")
    for each in (*others, letter):
        each.StudyInstanceUID = images[0].StudyInstanceUID
    store(*others, letter, *images, area=area)
    assert chosen().sop_instance_uid == images[2].SOPInstanceUID
    with CaptureQueriesContext(connection) as seen:
        chosen()
    assert len(seen) <= 4
    assert sum("LIMIT 1" in each["sql"] for each in seen) >= 2, "one row is read, not all"


def test_without_images_it_is_the_first_object(area: FilesystemArea) -> None:
    letter = pdf_instance()
    store(letter, area=area)
    assert chosen().sop_instance_uid == letter.SOPInstanceUID


def test_what_is_out_of_use_stands_for_nothing(area: FilesystemArea) -> None:
    images = list(ct_series(3))
    store(*images, area=area)
    Instance.objects.filter(sop_instance_uid=images[1].SOPInstanceUID).update(rejected_as="113001")
    assert chosen().sop_instance_uid == images[2].SOPInstanceUID
    Instance.objects.update(rejected_as="113001")
    with pytest.raises(OutOfUse):
        chosen()
    with pytest.raises(NoSuchTarget):
        representative(Target(study="1.2.3"), principal=ADMIN)
