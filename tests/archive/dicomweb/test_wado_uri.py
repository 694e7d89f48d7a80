"""WADO-URI through the door."""

import io

import pydicom
import pytest
from django.http import HttpResponseBase
from django.test import Client
from PIL import Image

from archive.storage.filesystem import FilesystemArea
from archive.store.models import Instance
from tests.archive.dicomweb.test_wado import JPEG_LS, body
from tests.support.callers import caller
from tests.support.datasets import ct_instance, pdf_instance, us_instance
from tests.support.stored import store

pytestmark = pytest.mark.django_db


def address(row: Instance, more: str = "") -> str:
    return (
        f"/wado?requestType=WADO&studyUID={row.study.study_instance_uid}"
        f"&seriesUID={row.series.series_instance_uid}&objectUID={row.sop_instance_uid}{more}"
    )


def get(row: Instance, more: str = "") -> HttpResponseBase:
    return caller("radiologist").get(address(row, more))


def test_an_image_is_a_jpeg_unless_something_else_is_asked_for(area: FilesystemArea) -> None:
    (row,) = store(ct_instance(), area=area)
    assert get(row)["Content-Type"] == "image/jpeg"
    response = get(row, "&contentType=image/png&rows=16&windowCenter=0&windowWidth=1900")
    image = Image.open(io.BytesIO(body(response)))
    assert (image.format, image.size) == ("PNG", (16, 16))
    assert image.getpixel((8, 8)) == 255


def test_an_object_comes_in_explicit_little_endian_or_as_stored(area: FilesystemArea) -> None:
    dataset = ct_instance()
    (row,) = store(dataset, area=area, transfer_syntax_uid=JPEG_LS)
    plain = pydicom.dcmread(io.BytesIO(body(get(row, "&contentType=application/dicom"))))
    assert plain.PixelData == dataset.PixelData
    stored = get(row, f"&contentType=application%2Fdicom&transferSyntax={JPEG_LS}")
    assert stored["Content-Type"] == "application/dicom"
    assert body(stored) == area.path(row.storage_key).read_bytes()


def test_a_document_is_an_object(area: FilesystemArea) -> None:
    (row,) = store(pdf_instance(), area=area)
    assert get(row)["Content-Type"] == "application/dicom"


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ("&anonymize=yes", 400),
        ("&frameNumber=9", 404),
        ("&frameNumber=x", 400),
        ("&windowCenter=1", 400),
        ("&imageQuality=200", 400),
        ("&contentType=video/mp4", 406),
        ("&contentType=application/dicom&transferSyntax=1.2.840.10008.1.2.4.50", 406),
    ],
)
def test_what_makes_no_sense_is_refused(area: FilesystemArea, more: str, status: int) -> None:
    (row,) = store(us_instance(), area=area)
    assert get(row, more).status_code == status


@pytest.mark.parametrize("gone", ["requestType", "studyUID", "seriesUID", "objectUID"])
def test_all_names_are_required(area: FilesystemArea, gone: str) -> None:
    (row,) = store(ct_instance(), area=area)
    response = caller("radiologist").get(address(row).replace(gone, "nothing"))
    assert response.status_code == 400
    assert response.json()["field"] == gone


def test_strangers_get_nothing(area: FilesystemArea) -> None:
    (row,) = store(ct_instance(), area=area)
    assert Client().get(address(row)).status_code == 401
    assert caller("referrer", provider_id="D7").get(address(row)).status_code == 404
