"""The page of attributes: both sides, what differs, and why."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from archive.corrections.services import correct_study
from archive.dicom.json_model import text_value
from archive.models import Instance, Study
from archive.storage.filesystem import FilesystemArea
from pacs_hub.kernel.origin import Origin
from tests.support import board
from tests.support.browsing import browser, text_of
from tests.support.datasets import ct_instance
from tests.support.stored import area_in, settle, store

pytestmark = pytest.mark.django_db


@pytest.fixture
def area(tmp_path: Path, settings: Settings) -> FilesystemArea:
    board.a_site()
    return area_in(tmp_path / "objects", settings)


@pytest.fixture
def row(area: FilesystemArea) -> Instance:
    (row,) = store(ct_instance(), area=area)
    settle()
    return row


def place(row: Instance) -> str:
    return f"/studies/{row.study.study_instance_uid}/instances/{row.sop_instance_uid}/tags/"


def test_an_object_that_is_not_corrected_says_so(row: Instance) -> None:
    text = text_of(browser("radiologist").get(place(row)))
    for words in ("What leaves is what came", "Patient&#x27;s Name", "Doe^Jane", "(0010,0010)",
                  "File Meta Information", "Explicit VR Little Endian"):  # fmt: skip
        assert words in text


def test_a_correction_stands_beside_what_came_and_says_why(row: Instance) -> None:
    correct_study(
        study_id=row.study_id,
        attributes={"00080050": text_value("SH", ["A-9"])},
        reason="COERCE",
        source="order",
        origin=Origin.over_http(user="ana"),
    )
    page = browser("admin").get(place(row))
    text = text_of(page)
    assert "What leaves is not what came" in text
    assert "Accession Number 1 SH A100 A-9" in text
    assert "made to agree with the hospital&#x27;s records, from order" in text
    assert "ana" in text
    assert 'data-path="00080050" class="differs"' in page.content.decode()
    assert 'data-path="04000561" class="differs kept"' in page.content.decode()


def test_markup_in_a_value_stays_text(area: FilesystemArea) -> None:
    (row,) = store(ct_instance(ImageComments="<script>alert(1)</script>"), area=area)
    body = browser("admin").get(place(row)).content.decode()
    assert "<script>alert" not in body
    assert "&lt;script&gt;alert" in body


def test_an_object_whose_bytes_are_gone_says_so_in_place(
    area: FilesystemArea, row: Instance
) -> None:
    area.delete(row.storage_key)
    page = browser("admin").get(place(row))
    assert page.status_code == 200
    assert "The object cannot be shown" in text_of(page)


def test_what_is_out_of_use_is_shown_to_those_who_look_after_quality(row: Instance) -> None:
    Instance.objects.update(rejected_as="113001")
    assert browser("admin").get(place(row)).status_code == 200
    assert browser("radiologist", name="reader").get(place(row)).status_code == 404


@pytest.mark.parametrize(
    ("role", "status"),
    [("technologist", 200), ("referrer", 404), ("billing", 403), ("scheduler", 403)],
)
def test_only_who_sees_images_sees_their_attributes(row: Instance, role: str, status: int) -> None:
    assert browser(role, provider_id="D9").get(place(row)).status_code == status


def test_an_instance_of_another_study_is_not_found(row: Instance) -> None:
    wrong = f"/studies/{row.study.study_instance_uid}/instances/1.2.3/tags/"
    assert browser("admin").get(wrong).status_code == 404
    assert Study.objects.count() == 1
