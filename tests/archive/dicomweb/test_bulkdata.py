"""Bulk data through the door: one attribute, a range of it, all of a study."""

import hashlib

import pytest
from django.http import HttpResponseBase
from pydicom import Dataset

from archive.storage.filesystem import FilesystemArea
from archive.store.models import Instance
from tests.archive.dicomweb.test_wado import body, parts, place
from tests.support.callers import caller
from tests.support.datasets import ct_instance, ct_series, new_uid, pdf_instance, us_instance
from tests.support.stored import store

pytestmark = pytest.mark.django_db
EXPLICIT = "1.2.840.10008.1.2.1"
OCTETS = "application/octet-stream"
MANY = 'multipart/related; type="application/octet-stream"'
PDF = b"%PDF-1.4  " + bytes(range(256)) * 1000


def get(row: Instance, tail: str, **headers: str) -> HttpResponseBase:
    upper = {name.replace("_", "-"): value for name, value in headers.items()}
    return caller("radiologist").get(f"{place(row)}/{tail}", headers=upper)


@pytest.mark.parametrize(
    "syntax",
    [EXPLICIT, "1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"],
)
def test_pixels_are_one_piece_in_little_endian_whatever_they_were(
    area: FilesystemArea, syntax: str
) -> None:
    dataset = ct_instance()
    (row,) = store(dataset, area=area, transfer_syntax_uid=syntax)
    response = get(row, "bulkdata/7FE00010", Accept=OCTETS)
    assert response["Content-Type"] == OCTETS
    assert response["Content-Location"].endswith("/bulkdata/7FE00010")
    assert body(response) == dataset.PixelData


@pytest.mark.parametrize("syntax", [EXPLICIT, "1.2.840.10008.1.2.2"])
@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=7-7", 206, slice(7, 8)),
        ("bytes=2001-", 206, slice(2001, None)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=0-999999", 206, slice(None)),
        ("bytes=1-2,5-6", 200, slice(None)),
        ("lines=1-2", 200, slice(None)),
        ("bytes=5-2", 416, None),
        ("bytes=2048-", 416, None),
    ],
)
def test_a_range_of_the_bytes(
    area: FilesystemArea, syntax: str, asked: str, status: int, part: slice | None
) -> None:
    dataset = ct_instance()
    (row,) = store(dataset, area=area, transfer_syntax_uid=syntax)
    response = get(row, "bulkdata/7FE00010", Accept=OCTETS, Range=asked)
    assert response.status_code == status
    if part is not None:
        assert body(response) == dataset.PixelData[part]


def test_a_long_value_is_resumed_only_where_it_is_the_same(area: FilesystemArea) -> None:
    (row,) = store(pdf_instance(content=PDF), area=area)
    tag = get(row, "bulkdata/00420011", Accept=OCTETS)["ETag"]
    resumed = get(row, "bulkdata/00420011", Accept=OCTETS, Range="bytes=100-", If_Range=tag)
    assert (resumed.status_code, body(resumed)) == (206, PDF[100:])
    other = get(row, "bulkdata/00420011", Accept=OCTETS, Range="bytes=100-", If_Range='"x"')
    assert (other.status_code, body(other)) == (200, PDF)
    known = get(row, "bulkdata/00420011", Accept=OCTETS, If_None_Match=tag)
    assert known.status_code == 304


def test_a_frame_alone_has_ranges_too(area: FilesystemArea) -> None:
    dataset = us_instance(frames=2)
    (row,) = store(dataset, area=area)
    response = get(row, "frames/2", Accept=f"{OCTETS}; transfer-syntax=*", Range="bytes=1-4")
    size = dataset.Rows * dataset.Columns
    assert (response.status_code, body(response)) == (206, dataset.PixelData[size + 1 : size + 5])


@pytest.mark.parametrize("upto", ["study", "series", "instance"])
def test_pixels_of_all_instances_come_in_order(area: FilesystemArea, upto: str) -> None:
    datasets = list(ct_series(2))
    rows = store(*datasets, area=area)
    response = caller("radiologist").get(
        f"{place(rows[0], upto)}/pixeldata", headers={"Accept": MANY}
    )
    wanted = datasets if upto != "instance" else datasets[:1]
    assert [content for _, content in parts(response)] == [ds.PixelData for ds in wanted]


def test_all_bulk_data_of_a_study_each_with_its_place(area: FilesystemArea) -> None:
    study, item = new_uid(), Dataset()
    item.EncapsulatedDocument = b"y" * 3000
    image = us_instance(frames=2, StudyInstanceUID=study, ReferencedImageSequence=[item])
    paper = pdf_instance(content=PDF, StudyInstanceUID=study, SeriesNumber="2")
    rows = store(image, paper, area=area)
    response = caller("radiologist").get(
        f"{place(rows[0], 'study')}/bulkdata", headers={"Accept": MANY}
    )
    raw = body(response)
    for tail in ("bulkdata/00081140/1/00420011", "frames/1", "frames/2", "bulkdata/00420011"):
        assert f"/{tail}\r\n".encode() in raw
    again = caller("radiologist").get(
        f"{place(rows[0], 'study')}/bulkdata", headers={"Accept": MANY}
    )
    digests = [hashlib.sha256(content).digest() for _, content in parts(again)]
    assert digests[0] == hashlib.sha256(b"y" * 3000).digest()
    assert digests[-1] == hashlib.sha256(PDF).digest()
    assert len(digests) == 4


def test_objects_without_bulk_data_have_none(area: FilesystemArea) -> None:
    (row,) = store(pdf_instance(), area=area)
    assert get(row, "pixeldata").status_code == 404
    assert get(row, "bulkdata").status_code == 404
