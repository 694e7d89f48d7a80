"""Frames and pictures through the door."""

import io

import pytest
from django.http import HttpResponseBase
from PIL import Image

from archive.storage.filesystem import FilesystemArea
from tests.archive.dicomweb.test_wado import body, parts, place
from tests.support.callers import caller
from tests.support.datasets import ct_instance, ct_series, pdf_instance, us_instance
from tests.support.stored import store

pytestmark = pytest.mark.django_db
EXPLICIT = "1.2.840.10008.1.2.1"
JPEG_LS = "1.2.840.10008.1.2.4.80"
# As OHIF sends them: both quoted forms, and two syntaxes where one is preferred.
OHIF = 'multipart/related; type="application/octet-stream"; transfer-syntax="*"'
OHIF_BARE = "multipart/related; type=application/octet-stream; transfer-syntax=*"
OHIF_TWO = (
    f"multipart/related; type=application/octet-stream; transfer-syntax={EXPLICIT}"
    "; transfer-syntax=*"
)


def get(path: str, accept: str) -> HttpResponseBase:
    return caller("radiologist").get(path, headers={"Accept": accept})


@pytest.mark.parametrize("accept", [OHIF, OHIF_BARE, OHIF_TWO, "*/*", ""])
@pytest.mark.parametrize("syntax", [EXPLICIT, "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"])
def test_native_frames_come_as_little_endian_octets(
    area: FilesystemArea, accept: str, syntax: str
) -> None:
    dataset = ct_instance()
    (row,) = store(dataset, area=area, transfer_syntax_uid=syntax)
    response = caller("radiologist").get(f"{place(row)}/frames/1", headers={"Accept": accept})
    ((kind, content),) = parts(response)
    assert kind == f"application/octet-stream; transfer-syntax={EXPLICIT}"
    assert content == dataset.PixelData


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (OHIF, "application/octet-stream"),
        (OHIF_BARE, "application/octet-stream"),
        ('multipart/related; type="image/jls"', "image/jls"),
        (f'multipart/related; type="image/jls"; transfer-syntax={JPEG_LS}', "image/jls"),
        ('multipart/related; type="image/*"; transfer-syntax=*', "image/jls"),
        ("multipart/related; type=image/jp2, multipart/related; type=image/jls", "image/jls"),
    ],
)
def test_compressed_frames_come_as_stored_to_those_who_accept_it(
    area: FilesystemArea, accept: str, kind: str
) -> None:
    (row,) = store(ct_instance(), area=area, transfer_syntax_uid=JPEG_LS)
    ((got, content),) = parts(
        caller("radiologist").get(f"{place(row)}/frames/1", headers={"Accept": accept})
    )
    assert got == f"{kind}; transfer-syntax={JPEG_LS}"
    assert content.startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize(
    "accept",
    [
        OHIF_TWO,
        'multipart/related; type="application/octet-stream"',
        f'multipart/related; type="application/octet-stream"; transfer-syntax={EXPLICIT}',
    ],
)
def test_who_wants_plain_pixels_gets_compressed_frames_decoded(
    area: FilesystemArea, accept: str
) -> None:
    dataset = ct_instance()
    (row,) = store(dataset, area=area, transfer_syntax_uid=JPEG_LS)
    ((kind, content),) = parts(
        caller("radiologist").get(f"{place(row)}/frames/1", headers={"Accept": accept})
    )
    assert kind == f"application/octet-stream; transfer-syntax={EXPLICIT}"
    assert content == dataset.PixelData


def test_several_frames_come_in_the_order_asked_for(area: FilesystemArea) -> None:
    dataset = us_instance(frames=3)
    size = dataset.Rows * dataset.Columns
    (row,) = store(dataset, area=area)
    found = parts(caller("radiologist").get(f"{place(row)}/frames/3,1", headers={"Accept": OHIF}))
    wanted = [dataset.PixelData[2 * size :], dataset.PixelData[:size]]
    assert [content for _, content in found] == wanted


def test_one_frame_can_be_had_without_a_multipart_body(area: FilesystemArea) -> None:
    dataset = ct_instance()
    (row,) = store(dataset, area=area)
    octets = {"Accept": "application/octet-stream; transfer-syntax=*"}
    response = caller("radiologist").get(f"{place(row)}/frames/1", headers=octets)
    assert response["Content-Type"] == f"application/octet-stream; transfer-syntax={EXPLICIT}"
    assert body(response) == dataset.PixelData


def test_all_frames_are_the_bulk_data_of_the_pixels(area: FilesystemArea) -> None:
    dataset = us_instance(frames=3)
    (row,) = store(dataset, area=area)
    found = parts(
        caller("radiologist").get(f"{place(row)}/bulkdata/7FE00010", headers={"Accept": OHIF})
    )
    assert b"".join(content for _, content in found) == dataset.PixelData


def test_a_frame_the_caller_has_is_not_sent_again(area: FilesystemArea) -> None:
    (row,) = store(ct_instance(), area=area)
    client = caller("radiologist")
    tag = client.get(f"{place(row)}/frames/1", headers={"Accept": OHIF})["ETag"]
    headers = {"Accept": OHIF, "If-None-Match": tag}
    assert client.get(f"{place(row)}/frames/1", headers=headers).status_code == 304


@pytest.mark.parametrize(
    ("numbers", "status"),
    [("4", 404), ("1,4", 404), ("0", 400), ("x", 400), ("1,", 400), ("-1", 400), ("1..2", 400)],
)
def test_frames_that_are_not_there_or_no_numbers(
    area: FilesystemArea, numbers: str, status: int
) -> None:
    (row,) = store(us_instance(frames=3), area=area)
    assert caller("radiologist").get(f"{place(row)}/frames/{numbers}").status_code == status


def test_frames_of_a_document_are_unknown(area: FilesystemArea) -> None:
    (row,) = store(pdf_instance(), area=area)
    assert caller("radiologist").get(f"{place(row)}/frames/1").status_code == 404
    assert caller("radiologist").get(f"{place(row)}/frames/1/rendered").status_code == 404
    assert caller("radiologist").get(f"{place(row, 'study')}/thumbnail").status_code == 404


@pytest.mark.parametrize("upto", ["study", "series", "instance"])
@pytest.mark.parametrize("what", ["rendered", "thumbnail"])
def test_there_is_a_picture_at_every_level(area: FilesystemArea, upto: str, what: str) -> None:
    rows = store(*ct_series(3), area=area)
    response = caller("radiologist").get(f"{place(rows[0], upto)}/{what}")
    assert response["Content-Type"] == "image/jpeg"
    size = (32, 32) if what == "rendered" else (128, 128)
    assert Image.open(io.BytesIO(response.content)).size == size


@pytest.mark.parametrize(
    ("query", "accept", "kind"),
    [
        ("accept=image/jpeg", OHIF, "image/jpeg"),
        ("accept=image/png", OHIF, "image/png"),
        ("", "image/png", "image/png"),
        ("", "image/gif, image/png;q=0.5", "image/gif"),
        ("", "image/webp,image/*,*/*;q=0.8", "image/jpeg"),
    ],
)
def test_the_accept_parameter_goes_before_the_header(
    area: FilesystemArea, query: str, accept: str, kind: str
) -> None:
    (row,) = store(ct_instance(), area=area)
    response = caller("radiologist").get(
        f"{place(row)}/rendered?{query}", headers={"Accept": accept}
    )
    assert (response.status_code, response["Content-Type"]) == (200, kind)


def test_window_and_viewport_of_a_frame(area: FilesystemArea) -> None:
    (row,) = store(us_instance(frames=2), area=area)
    query = "window=128,256,linear&viewport=20,20&accept=image/png"
    response = caller("radiologist").get(f"{place(row)}/frames/2/rendered?{query}")
    image = Image.open(io.BytesIO(response.content))
    assert image.size == (20, 16)
    assert abs(int(image.getpixel((10, 8))) - 100) < 3  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "query",
    [
        "window=1,2",
        "window=1,0,linear",
        "window=a,b,linear",
        "window=nan,1,linear",
        "window=1,2,cubic",
        "window=1,0.5,linear",
        "iccprofile=mine",
        "viewport=10,10,0,0,999,999",
        "quality=0",
        "quality=101",
        "viewport=0,10",
        "viewport=99999999,10",
        "viewport=10",
        "annotation=horoscope",
    ],
)
def test_a_rendering_that_makes_no_sense_is_refused(area: FilesystemArea, query: str) -> None:
    (row,) = store(ct_instance(), area=area)
    assert caller("radiologist").get(f"{place(row)}/rendered?{query}").status_code == 400
