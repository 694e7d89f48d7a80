"""Frames in another syntax than they are stored in."""

import io

import numpy as np
import pytest
from django.http import HttpResponseBase
from PIL import Image
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate

from archive.dicomweb import negotiation
from archive.dicomweb.frame_types import FRAME_TYPES
from archive.retrieve import transcoding
from archive.storage.filesystem import FilesystemArea
from tests.archive.dicomweb.test_wado import parts, place
from tests.support.callers import caller
from tests.support.datasets import ct_instance, us_instance
from tests.support.stored import store

pytestmark = pytest.mark.django_db
EXPLICIT = "1.2.840.10008.1.2.1"
RLE = "1.2.840.10008.1.2.5"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_2000 = "1.2.840.10008.1.2.4.90"
JPEG = "1.2.840.10008.1.2.4.70"
MANY = "multipart/related; type="


def asked(path: str, accept: str) -> HttpResponseBase:
    return caller("radiologist").get(path, headers={"Accept": accept})


def unpacked(content: bytes, like: Dataset, syntax: str) -> bytes:
    """Decode a frame with pydicom, as a viewer would."""
    ds = Dataset()
    for keyword in ("Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit"):
        setattr(ds, keyword, like[keyword].value)
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.PixelRepresentation = 0
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.PixelData = encapsulate([content])
    ds["PixelData"].is_undefined_length = True
    return np.asarray(ds.pixel_array).tobytes()


@pytest.mark.parametrize("stored", [EXPLICIT, "1.2.840.10008.1.2.2", RLE, JPEG_LS, JPEG_2000])
@pytest.mark.parametrize(
    ("accept", "syntax", "kind"),
    [
        (f"{MANY}image/jls", JPEG_LS, "image/jls"),
        (f"{MANY}image/jp2", JPEG_2000, "image/jp2"),
        (f"{MANY}image/jpeg", JPEG, "image/jpeg"),
        (f"{MANY}image/dicom-rle", RLE, "image/dicom-rle"),
        (f"{MANY}application/octet-stream; transfer-syntax={RLE}", RLE, "application/octet-stream"),
        (f"{MANY}image/jls; transfer-syntax={JPEG_LS}", JPEG_LS, "image/jls"),
        (f"image/jls; transfer-syntax={JPEG_LS}", JPEG_LS, "image/jls"),
    ],
)
def test_a_frame_is_encoded_for_who_asks(
    area: FilesystemArea, stored: str, accept: str, syntax: str, kind: str
) -> None:
    dataset = ct_instance()
    (row,) = store(dataset, area=area, transfer_syntax_uid=stored)
    response = asked(f"{place(row)}/frames/1", accept)
    if accept.startswith(MANY):
        ((got, content),) = parts(response)
    else:
        got, content = response["Content-Type"], response.content  # type: ignore[attr-defined]
    assert got == f"{kind}; transfer-syntax={syntax}"
    assert unpacked(content, dataset, syntax) == dataset.PixelData


@pytest.mark.parametrize("syntax", [RLE, JPEG_LS])
def test_frames_of_a_loop_are_encoded_one_by_one(area: FilesystemArea, syntax: str) -> None:
    dataset = us_instance(frames=3)
    size = dataset.Rows * dataset.Columns
    (row,) = store(dataset, area=area)
    accept = f"{MANY}application/octet-stream; transfer-syntax={syntax}"
    found = parts(asked(f"{place(row)}/frames/3,2", accept))
    for (_, content), number in zip(found, (2, 1), strict=True):
        wanted = dataset.PixelData[number * size : (number + 1) * size]
        assert unpacked(content, dataset, syntax) == wanted


@pytest.mark.parametrize(
    "accept",
    [
        "image/jxl",
        f"{MANY}image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.51",
        f"{MANY}application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.50",
        "application/dicom",
    ],
)
def test_what_is_not_made_is_refused_with_what_is(area: FilesystemArea, accept: str) -> None:
    (row,) = store(ct_instance(), area=area)
    response = asked(f"{place(row)}/frames/1", accept)
    assert response.status_code == 406
    assert "image/jls" in response.json()["message"]  # type: ignore[attr-defined]


def test_what_is_announced_is_what_can_be_encoded() -> None:
    assert {*negotiation.ENCODED} == transcoding.ENCODED
    assert {*negotiation.ENCODED} <= {*FRAME_TYPES}


def test_a_loop_is_a_gif_that_moves(area: FilesystemArea) -> None:
    (row,) = store(us_instance(frames=3, FrameTime="50"), area=area)
    for tail in ("rendered", "frames/1,2,3/rendered"):
        response = asked(f"{place(row)}/{tail}", "image/gif")
        image = Image.open(io.BytesIO(response.content))  # type: ignore[attr-defined]
        assert (image.format, getattr(image, "n_frames", 1), image.info["duration"]) == (
            "GIF",
            3,
            50,
        )
    still = asked(f"{place(row)}/frames/2/rendered", "image/gif")
    assert getattr(Image.open(io.BytesIO(still.content)), "n_frames", 1) == 1  # type: ignore[attr-defined]


def test_several_frames_are_several_pictures(area: FilesystemArea) -> None:
    (row,) = store(us_instance(frames=3), area=area)
    found = parts(asked(f"{place(row)}/frames/1,3/rendered", f"{MANY}image/png"))
    assert [kind for kind, _ in found] == ["image/png", "image/png"]


@pytest.mark.parametrize(
    ("query", "warning"),
    [
        ("annotation=patient", "annotation parameter is not supported"),
        ("annotation=patient,horoscope", "not known"),
        ("iccprofile=adobergb", "iccprofile"),
    ],
)
def test_what_is_left_out_of_a_picture_is_said(
    area: FilesystemArea, query: str, warning: str
) -> None:
    (row,) = store(ct_instance(), area=area)
    response = asked(f"{place(row)}/rendered?{query}", "image/png")
    assert response.status_code == 200
    assert warning in response["Warning"]
    assert response["Warning"].startswith("299 ")


def test_part_of_a_picture_turned_round(area: FilesystemArea) -> None:
    (row,) = store(ct_instance(WindowCenter="0", WindowWidth="1900"), area=area)

    def corner(query: str) -> int:
        response = asked(f"{place(row)}/rendered?viewport=16,32,{query}", "image/png")
        image = Image.open(io.BytesIO(response.content))  # type: ignore[attr-defined]
        assert image.size == (16, 32)
        return int(image.convert("L").getpixel((15, 16)))  # type: ignore[arg-type]

    assert corner("0,0,16,32") == 255
    assert corner("0,0,-16,32") == 0
