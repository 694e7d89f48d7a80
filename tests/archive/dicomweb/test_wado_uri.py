"""WADO-URI through the door."""

import io

import pydicom
import pytest
from django.http import HttpResponseBase
from django.test import Client
from PIL import Image

from archive.storage.filesystem import FilesystemArea
from archive.store.models import Instance
from tests.archive.dicomweb.test_screen import report_instance, text
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


@pytest.mark.parametrize("more", ["", "&contentType=application/dicom", "&contentType=no/thing"])
def test_nobody_between_may_keep_what_is_answered(area: FilesystemArea, more: str) -> None:
    (row,) = store(ct_instance(), area=area)
    assert get(row, more)["Cache-Control"] == "private, no-cache"


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


def test_what_is_meant_where_no_type_is_named(area: FilesystemArea) -> None:
    loop, report = store(us_instance(), report_instance(text("Finding", "clear")), area=area)
    assert get(loop)["Content-Type"] == "application/dicom"
    assert get(loop, "&frameNumber=2")["Content-Type"] == "image/jpeg"
    assert get(report)["Content-Type"].startswith("text/html")
    assert b"clear" in body(get(report))
    assert get(report, "&contentType=application/dicom")["Content-Type"] == "application/dicom"


def test_a_document_can_be_shown(area: FilesystemArea) -> None:
    (row,) = store(pdf_instance(content=b"%PDF-1.4 x"), area=area)
    response = get(row, "&contentType=application/pdf")
    assert (response["Content-Type"], body(response)) == ("application/pdf", b"%PDF-1.4 x")


def test_a_loop_moves_as_a_gif(area: FilesystemArea) -> None:
    (row,) = store(us_instance(frames=3), area=area)
    moving = Image.open(io.BytesIO(body(get(row, "&contentType=image/gif"))))
    assert getattr(moving, "n_frames", 1) == 3
    still = Image.open(io.BytesIO(body(get(row, "&contentType=image/gif&frameNumber=3"))))
    assert getattr(still, "n_frames", 1) == 1


@pytest.mark.parametrize(
    ("more", "size"),
    [
        ("&rows=20", (20, 20)),
        ("&columns=64&rows=20", (20, 20)),
        ("&region=0,0,0.5,1", (16, 32)),
        ("&region=0.25,0.5,0.75,0.75&columns=32", (32, 16)),
    ],
)
def test_rows_columns_and_region(area: FilesystemArea, more: str, size: tuple[int, int]) -> None:
    (row,) = store(ct_instance(), area=area)
    image = Image.open(io.BytesIO(body(get(row, f"&contentType=image/png{more}"))))
    assert image.size == size


@pytest.mark.parametrize("more", ["&imageAnnotation=patient", "&annotation=technique"])
def test_what_is_left_out_is_said(area: FilesystemArea, more: str) -> None:
    (row,) = store(ct_instance(), area=area)
    assert "annotation" in get(row, more)["Warning"]
    assert "Presentation" in get(row, "&presentationUID=1.2&presentationSeriesUID=1.3")["Warning"]


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ("&contentType=image/jpeg&rows=-1", 400),
        ("&contentType=image/jpeg&columns=x", 400),
        ("&region=0,0,2,2", 400),
        ("&region=0.5,0,0.5,1", 400),
        ("&region=a", 400),
        ("&annotation=horoscope", 400),
        ("&contentType=application/dicom&windowCenter=1&windowWidth=2", 400),
        ("&contentType=application/dicom&frameNumber=1", 400),
        ("&contentType=text/html", 406),
        ("&contentType=application/dicom&transferSyntax=1.2.840.10008.1.2", 406),
        ("&anonymize=no", 400),
        ("&anonymize=yes&contentType=image/jpeg", 400),
        ("&anonymize=yes", 409),
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


def test_an_object_leaves_without_whom_it_is_of(area: FilesystemArea) -> None:
    dataset = ct_instance()
    (row,) = store(dataset, area=area)
    response = get(row, "&contentType=application/dicom&anonymize=yes")
    got = pydicom.dcmread(io.BytesIO(body(response)))
    assert got.PatientIdentityRemoved == "YES"
    assert got.PatientID != dataset.PatientID
    assert got.SOPInstanceUID != dataset.SOPInstanceUID
    assert got.PixelData == dataset.PixelData


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
