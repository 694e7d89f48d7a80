"""STOW-RS with metadata and bulk data apart: JSON and XML, native and rendered media."""

import io
import json
from typing import Any

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom import Dataset
from pydicom.uid import JPEGBaseline8Bit, SecondaryCaptureImageStorage

from archive.dicom import xml_model
from archive.storage.filesystem import FilesystemArea
from archive.store.models import Instance
from tests.support import stow
from tests.support.callers import caller
from tests.support.datasets import ct_instance, disc, pdf_instance
from tests.support.stow import post_metadata, told

pytestmark = pytest.mark.django_db
PIXELS = "7FE00010"
MACRO = (
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PixelData",
)


def metadata(dataset: Dataset, **bulk: str) -> dict[str, Any]:
    """Return DICOM JSON in which these tags (`t7FE00010="..."`) are bulk data."""
    item: dict[str, Any] = dataset.to_json_dict()
    for name, uri in bulk.items():
        vr = item.get(name[1:], {"vr": "OB"})["vr"]
        item[name[1:]] = {"vr": vr, "BulkDataURI": uri}
    return item


def without_macro() -> Dataset:
    gone: dict[str, Any] = dict.fromkeys(MACRO)
    return ct_instance(SOPClassUID=SecondaryCaptureImageStorage, **gone)


def picture(kind: str, mode: str = "RGB", **options: Any) -> bytes:
    out = io.BytesIO()
    grey = disc(24, 32, top=200, dtype="uint8")
    Image.fromarray(grey).convert(mode).save(out, kind, **options)
    return out.getvalue()


def stored(area: FilesystemArea) -> Dataset:
    return pydicom.dcmread(area.path(Instance.objects.get().storage_key))


def test_metadata_and_native_pixels_become_the_object(area: FilesystemArea) -> None:
    dataset = ct_instance(PatientName="Müller^Jörg")
    bulk = ("application/octet-stream", dataset.PixelData, "bulk/1")
    response = post_metadata(caller("technologist"), [metadata(dataset, t7FE00010="bulk/1")], bulk)
    assert response.status_code == 200
    found = stored(area)
    assert found.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert found.SpecificCharacterSet == "ISO_IR 192"
    del found.SpecificCharacterSet, dataset.SpecificCharacterSet
    assert {e.tag: e.value for e in found} == {e.tag: e.value for e in dataset}


def test_several_objects_of_one_request_each_with_its_bulk_data(area: FilesystemArea) -> None:
    sent = [ct_instance(), ct_instance(rows=8, columns=8)]
    bulk = [("application/octet-stream", ds.PixelData, f"b{n}") for n, ds in enumerate(sent)]
    items = [metadata(ds, t7FE00010=f"b{n}") for n, ds in enumerate(sent)]
    response = post_metadata(caller("technologist"), items, *reversed(bulk))
    assert [i["00081155"]["Value"][0] for i in told(response, "00081199")] == [
        ds.SOPInstanceUID for ds in sent
    ]


def test_values_may_be_inline(area: FilesystemArea) -> None:
    dataset = ct_instance()
    assert post_metadata(caller("technologist"), [metadata(dataset)]).status_code == 200
    assert stored(area).PixelData == dataset.PixelData


def test_a_jpeg_is_kept_as_it_is_and_tells_the_size_of_the_picture(area: FilesystemArea) -> None:
    jpeg = picture("JPEG")
    item = metadata(without_macro(), t7FE00010="x")
    response = post_metadata(caller("technologist"), [item], ("image/jpeg", jpeg, "x"))
    assert response.status_code == 200
    found = stored(area)
    assert found.file_meta.TransferSyntaxUID == JPEGBaseline8Bit
    assert jpeg in found.PixelData
    assert (found.Rows, found.Columns, found.SamplesPerPixel) == (24, 32, 3)
    assert found.PhotometricInterpretation == "YBR_FULL_422"
    assert found.LossyImageCompression == "01"
    assert found.pixel_array.shape == (24, 32, 3)


def test_frames_are_parts_under_one_location(area: FilesystemArea) -> None:
    item = metadata(without_macro(), t7FE00010="x")
    parts = [("image/jpeg", picture("JPEG", "L", quality=q), "x") for q in (40, 90)]
    assert post_metadata(caller("technologist"), [item], *parts).status_code == 200
    found = stored(area)
    assert (found.NumberOfFrames, found.pixel_array.shape) == (2, (2, 24, 32))
    assert found.PhotometricInterpretation == "MONOCHROME2"


def test_jpeg_2000_loses_its_boxes_and_nothing_else(area: FilesystemArea) -> None:
    jp2 = picture("JPEG2000", "L", irreversible=False)
    item = metadata(without_macro(), t7FE00010="x")
    assert post_metadata(caller("technologist"), [item], ("image/jp2", jp2, "x")).status_code == 200
    found = stored(area)
    assert found.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.90"
    assert np.array_equal(found.pixel_array, disc(24, 32, top=200, dtype="uint8"))


@pytest.mark.parametrize(
    ("kind", "mode", "samples"),
    [("PNG", "RGBA", 3), ("PNG", "L", 1), ("PNG", "1", 1), ("GIF", "P", 3)],
)
def test_png_and_gif_become_plain_pixels(
    area: FilesystemArea, kind: str, mode: str, samples: int
) -> None:
    item = metadata(without_macro(), t7FE00010="x")
    part = (f"image/{kind.lower()}", picture(kind, mode), "x")
    assert post_metadata(caller("technologist"), [item], part).status_code == 200
    found = stored(area)
    assert found.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert (found.SamplesPerPixel, found.pixel_array.shape[:2]) == (samples, (24, 32))


def test_a_document_takes_its_media_type_from_its_part(area: FilesystemArea) -> None:
    content = b"%PDF-1.4 odd" + b"x" * 100_000 + b"\0"
    item = metadata(pdf_instance(MIMETypeOfEncapsulatedDocument=None), t00420011="doc")
    part = ("application/pdf", content, "doc")
    assert post_metadata(caller("technologist"), [item], part).status_code == 200
    found = stored(area)
    assert found.MIMETypeOfEncapsulatedDocument == "application/pdf"
    assert found.EncapsulatedDocument[: len(content)] == content


def test_bulk_data_inside_a_sequence(area: FilesystemArea) -> None:
    item = metadata(ct_instance())
    item["00081140"] = {"vr": "SQ", "Value": [{"00420011": {"vr": "OB", "BulkDataURI": "in"}}]}
    part = ("application/octet-stream", b"inner!", "in")
    assert post_metadata(caller("technologist"), [item], part).status_code == 200
    assert stored(area).ReferencedImageSequence[0].EncapsulatedDocument == b"inner!"


def test_metadata_in_xml(area: FilesystemArea) -> None:
    dataset = ct_instance(PatientName="Doe^Jane=ドウ^ジェーン")
    document = xml_model.document(metadata(dataset, t7FE00010="b"))
    content = stow.body(
        ("application/dicom+xml", document), ("application/octet-stream", dataset.PixelData, "b")
    )
    kind = stow.content_type("application/dicom+xml")
    assert stow.send(caller("technologist"), content, kind=kind).status_code == 200
    found = stored(area)
    assert found.PixelData == dataset.PixelData
    assert found.PatientName == dataset.PatientName
    assert found.WindowWidth == dataset.WindowWidth


def test_bulk_data_that_was_not_sent_is_a_failure_of_its_object(area: FilesystemArea) -> None:
    good, bad = ct_instance(), ct_instance()
    items = [metadata(bad, t7FE00010="nowhere"), metadata(good, t7FE00010="b")]
    part = ("application/octet-stream", good.PixelData, "b")
    response = post_metadata(caller("technologist"), items, part)
    assert response.status_code == 202
    (failed,) = told(response, "00081198")
    assert failed["00081155"]["Value"] == [bad.SOPInstanceUID]
    assert failed["00081197"]["Value"] == [0xA900]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no json",
        b"[]",
        b"[1]",
        b"[" * 100_000,
        b'[{"00100010": 7}]',
        b'[{"0010": {"vr": "PN"}}]',
        b'[{"00280010": {"vr": "US", "Value": ["x", {}]}}]',
        b'[{"00081140": {"vr": "SQ", "Value": [[]]}}]',
        b'[{"7FE00010": {"vr": "OW", "InlineBinary": "%%"}}]',
        json.dumps([{"00100020": {"vr": "LO", "Value": ["only"]}}]).encode(),
    ],
)
def test_metadata_that_is_none_is_told_and_stores_nothing(
    area: FilesystemArea, content: bytes
) -> None:
    body = stow.body(("application/dicom+json", content))
    kind = stow.content_type("application/dicom+json")
    response = stow.send(caller("technologist"), body, kind=kind)
    assert response.status_code in {400, 409}
    assert Instance.objects.count() == 0


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("image/jpeg", b"no picture"),
        ("image/jpeg", b"\xff\xd8\xff\xc0\x00\x04\x08"),
        ("image/png", b"\x89PNG\r\n\x1a\n broken"),
        ("image/jp2", b"none"),
        ("video/mp4", b"none"),
        ("image/x-icon", b"none"),
        ("application/octet-stream; transfer-syntax=1.2.840.10008.1.2.2", b"\0\0"),
    ],
)
def test_pixels_that_cannot_be_taken(area: FilesystemArea, kind: str, content: bytes) -> None:
    item = metadata(without_macro(), t7FE00010="x")
    response = post_metadata(caller("technologist"), [item], (kind, content, "x"))
    assert (response.status_code, Instance.objects.count()) == (409, 0)
    assert list(area.path(".spool").iterdir()) == []
