"""Whole objects through the door: as ZIP, in the syntaxes that were asked for, and once only."""

import io
import zipfile
from typing import Any

import pydicom
import pytest

from archive.storage.filesystem import FilesystemArea
from archive.store.models import Instance
from tests.archive.dicomweb.test_wado import body, parts, place
from tests.support.callers import caller
from tests.support.datasets import ct_instance, ct_series, pdf_instance
from tests.support.stored import store

pytestmark = pytest.mark.django_db
EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"
RLE = "1.2.840.10008.1.2.5"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_2000 = "1.2.840.10008.1.2.4.90"
LOSSY = "1.2.840.10008.1.2.4.50"
MANY = 'multipart/related; type="application/dicom"; transfer-syntax='


@pytest.mark.parametrize("upto", ["study", "series", "instance"])
def test_objects_can_be_taken_along_as_one_archive(area: FilesystemArea, upto: str) -> None:
    rows = store(*ct_series(3), area=area)
    response = caller("radiologist").get(
        f"{place(rows[0], upto)}", headers={"Accept": "application/zip"}
    )
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"].endswith('.zip"')
    with zipfile.ZipFile(io.BytesIO(body(response))) as archive:
        assert archive.testzip() is None
        contents = [archive.read(name) for name in archive.namelist()]
    wanted = rows[:1] if upto == "instance" else rows
    assert contents == [area.path(row.storage_key).read_bytes() for row in wanted]


@pytest.mark.parametrize(
    ("stored", "accept", "leaves_in"),
    [
        (JPEG_LS, MANY + "*", JPEG_LS),
        (JPEG_LS, MANY + JPEG_LS, JPEG_LS),
        (JPEG_LS, f"{MANY}{JPEG_LS}; transfer-syntax=*", JPEG_LS),
        (JPEG_LS, f"{MANY}{EXPLICIT}; transfer-syntax=*", EXPLICIT),
        (JPEG_LS, f"{MANY}{EXPLICIT}, {MANY}{JPEG_LS}", EXPLICIT),
        (RLE, f"{MANY}{LOSSY}, {MANY}{RLE};q=0.5", RLE),
        (EXPLICIT, f"{MANY}{LOSSY}, {MANY}*;q=0.1", EXPLICIT),
        (IMPLICIT, MANY + IMPLICIT + ", " + MANY + EXPLICIT, EXPLICIT),
    ],
)
def test_the_first_syntax_that_is_possible_is_taken(
    area: FilesystemArea, stored: str, accept: str, leaves_in: str
) -> None:
    (row,) = store(ct_instance(), area=area, transfer_syntax_uid=stored)
    ((kind, content),) = parts(caller("radiologist").get(place(row), headers={"Accept": accept}))
    assert kind == f"application/dicom; transfer-syntax={leaves_in}"
    assert pydicom.dcmread(io.BytesIO(content)).file_meta.TransferSyntaxUID == leaves_in


def test_a_document_leaves_whatever_syntax_the_images_are_to_have(area: FilesystemArea) -> None:
    (row,) = store(pdf_instance(), area=area)
    ((kind, _),) = parts(caller("radiologist").get(place(row), headers={"Accept": MANY + JPEG_LS}))
    assert kind == f"application/dicom; transfer-syntax={EXPLICIT}"


def test_an_object_that_cannot_be_encoded_does_not_break_the_body(area: FilesystemArea) -> None:
    good, bad = ct_series(2)
    bad.BitsAllocated = 12
    (row, _) = store(good, bad, area=area)
    found = parts(
        caller("radiologist").get(place(row, "series"), headers={"Accept": MANY + JPEG_LS})
    )
    assert [kind.rpartition("=")[2] for kind, _ in found] == [JPEG_LS, EXPLICIT]


def test_nothing_of_a_series_is_sent_where_one_object_cannot_be(area: FilesystemArea) -> None:
    (row, *_) = store(*ct_series(2), area=area)
    response = caller("radiologist").get(place(row, "series"), headers={"Accept": MANY + LOSSY})
    assert response.status_code == 406
    assert EXPLICIT in response.json()["message"]
    assert response.json()["requestId"]


def test_objects_the_caller_has_are_not_sent_again(area: FilesystemArea) -> None:
    (row, *_) = store(*ct_series(2), area=area)
    client = caller("radiologist")
    first = client.get(place(row, "series"), headers={"Accept": MANY + "*"})
    again = {"Accept": MANY + "*", "If-None-Match": first["ETag"]}
    assert client.get(place(row, "series"), headers=again).status_code == 304
    Instance.objects.filter(pk=row.pk).update(sha256="0" * 64)
    assert client.get(place(row, "series"), headers=again).status_code == 200


def test_one_object_says_how_long_it_is(area: FilesystemArea) -> None:
    (row,) = store(ct_instance(), area=area)
    response = caller("radiologist").get(
        place(row), headers={"Accept": "application/dicom; transfer-syntax=*"}
    )
    assert int(response["Content-Length"]) == len(body(response)) == row.size


def test_a_study_costs_the_same_queries_whatever_its_size(
    area: FilesystemArea, django_assert_max_num_queries: Any
) -> None:
    (row, *_) = store(*ct_series(12), area=area)
    client = caller("radiologist")
    body(client.get(place(row, "study"), headers={"Accept": MANY + "*"}))
    with django_assert_max_num_queries(4):  # token, objects, corrections of the study
        whole = client.get(place(row, "study"), headers={"Accept": MANY + "*"})
        assert len(parts(whole)) == 12


def test_a_large_object_leaves_in_large_pieces(area: FilesystemArea) -> None:
    (row,) = store(ct_instance(rows=1024, columns=512), area=area)
    response = caller("radiologist").get(place(row), headers={"Accept": MANY + "*"})
    assert response.streaming
    pieces = [len(piece) for piece in response.streaming_content]  # type: ignore[attr-defined]
    assert max(pieces) >= 256 * 1024
    assert len(pieces) < 12
