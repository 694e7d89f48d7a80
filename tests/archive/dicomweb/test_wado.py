"""WADO-RS through the door: metadata, whole objects, bulk data."""

import gzip
import io
import json
from email.parser import BytesParser
from pathlib import Path
from urllib.parse import urlsplit

import pydicom
import pytest
from django.http import HttpResponseBase
from django.test import Client
from pydicom import Dataset

from archive.storage.filesystem import FilesystemArea
from archive.store.models import Instance, Study
from pacs_hub.audit.models import AuditRow
from tests.support.callers import caller
from tests.support.datasets import ct_instance, ct_series, mr_instance, new_uid, pdf_instance
from tests.support.stored import settle, store

pytestmark = pytest.mark.django_db
ROOT = "/dicom-web"
AS_STORED = 'multipart/related; type="application/dicom"; transfer-syntax=*'
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_LOSSY = "1.2.840.10008.1.2.4.50"
EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"


def place(row: Instance, upto: str = "instance") -> str:
    where = f"{ROOT}/studies/{row.study.study_instance_uid}"
    if upto in {"series", "instance"}:
        where += f"/series/{row.series.series_instance_uid}"
    return where + (f"/instances/{row.sop_instance_uid}" if upto == "instance" else "")


def body(response: HttpResponseBase) -> bytes:
    if response.streaming:
        return b"".join(response.streaming_content)  # type: ignore[attr-defined]
    return bytes(response.content)  # type: ignore[attr-defined]


def parts(response: HttpResponseBase) -> list[tuple[str, bytes]]:
    """Read a multipart body with the standard library's parser."""
    head = f"Content-Type: {response['Content-Type']}\r\n\r\n".encode()
    message = BytesParser().parsebytes(head + body(response))
    found = []
    for part in message.walk():
        if not part.is_multipart():
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            found.append((part["Content-Type"], content))
    return found


def test_metadata_of_a_series_is_json_that_names_every_instance(area: FilesystemArea) -> None:
    rows = store(*ct_series(3), area=area)
    response = caller("radiologist").get(f"{place(rows[0], 'series')}/metadata")
    assert response["Content-Type"] == "application/dicom+json"
    assert [item["00080018"]["Value"][0] for item in response.json()] == [
        row.sop_instance_uid for row in rows
    ]


def test_metadata_of_a_study_and_of_an_instance(area: FilesystemArea) -> None:
    study = new_uid()
    rows = store(
        *ct_series(2, StudyInstanceUID=study),
        mr_instance(StudyInstanceUID=study, SeriesNumber="2"),
        area=area,
    )
    client = caller("radiologist")
    whole = client.get(f"{place(rows[0], 'study')}/metadata").json()
    assert [item["00080060"]["Value"][0] for item in whole] == ["CT", "CT", "MR"]
    (one,) = client.get(f"{place(rows[1])}/metadata").json()
    assert one["00080018"]["Value"] == [rows[1].sop_instance_uid]


def test_metadata_that_did_not_change_is_not_sent_again(area: FilesystemArea) -> None:
    (row,) = store(ct_instance(), area=area)
    client = caller("radiologist")
    assert "ETag" not in client.get(f"{place(row, 'series')}/metadata")
    settle()
    tag = client.get(f"{place(row, 'series')}/metadata")["ETag"]
    again = client.get(f"{place(row, 'series')}/metadata", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_metadata_is_compressed_for_those_who_can_read_it(area: FilesystemArea) -> None:
    (row, *_) = store(*ct_series(3), area=area)
    response = caller("radiologist").get(
        f"{place(row, 'series')}/metadata", headers={"Accept-Encoding": "gzip, br"}
    )
    assert response["Content-Encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(response.content))) == 3


@pytest.mark.parametrize("syntax", [EXPLICIT, JPEG_LS])
def test_what_leaves_as_stored_is_the_very_file(area: FilesystemArea, syntax: str) -> None:
    (row,) = store(ct_instance(), area=area, transfer_syntax_uid=syntax)
    response = caller("radiologist").get(place(row), headers={"Accept": AS_STORED})
    assert response["Content-Type"].startswith('multipart/related; type="application/dicom"')
    ((kind, content),) = parts(response)
    assert kind == f"application/dicom; transfer-syntax={syntax}"
    assert content == area.path(row.storage_key).read_bytes()


@pytest.mark.parametrize("upto", ["study", "series"])
def test_a_study_or_series_is_one_body_with_a_part_for_each_object_in_order(
    area: FilesystemArea, upto: str
) -> None:
    rows = store(*reversed(list(ct_series(3))), area=area)
    found = parts(caller("radiologist").get(place(rows[0], upto), headers={"Accept": AS_STORED}))
    numbers = [pydicom.dcmread(io.BytesIO(content)).InstanceNumber for _, content in found]
    assert numbers == [1, 2, 3]


@pytest.mark.parametrize("syntax", [IMPLICIT, JPEG_LS])
@pytest.mark.parametrize(
    "accept",
    [
        'multipart/related; type="application/dicom"',
        f'multipart/related; type="application/dicom"; transfer-syntax={EXPLICIT}',
        "multipart/related; type=application/dicom",
        "*/*",
    ],
)
def test_who_names_no_syntax_gets_explicit_little_endian(
    area: FilesystemArea, syntax: str, accept: str
) -> None:
    dataset = ct_instance()
    (row,) = store(dataset, area=area, transfer_syntax_uid=syntax)
    ((kind, content),) = parts(caller("radiologist").get(place(row), headers={"Accept": accept}))
    assert kind == f"application/dicom; transfer-syntax={EXPLICIT}"
    assert pydicom.dcmread(io.BytesIO(content)).PixelData == dataset.PixelData


def test_implicit_objects_never_leave_as_they_are(area: FilesystemArea) -> None:
    (row,) = store(ct_instance(), area=area, transfer_syntax_uid=IMPLICIT)
    ((kind, _),) = parts(caller("radiologist").get(place(row), headers={"Accept": AS_STORED}))
    assert kind == f"application/dicom; transfer-syntax={EXPLICIT}"


def test_one_object_can_be_had_without_a_multipart_body(area: FilesystemArea) -> None:
    (row,) = store(ct_instance(), area=area)
    response = caller("radiologist").get(place(row), headers={"Accept": "application/dicom"})
    assert response["Content-Type"] == f"application/dicom; transfer-syntax={EXPLICIT}"
    assert body(response) == area.path(row.storage_key).read_bytes()


@pytest.mark.parametrize(
    "accept",
    ["image/jpeg", f'multipart/related; type="application/dicom"; transfer-syntax={JPEG_LOSSY}'],
)
def test_what_we_do_not_make_is_not_acceptable(area: FilesystemArea, accept: str) -> None:
    (row,) = store(ct_instance(), area=area)
    response = caller("radiologist").get(place(row), headers={"Accept": accept})
    assert response.status_code == 406
    assert response.json()["code"] == "not-acceptable"


def test_a_document_is_had_through_its_bulk_data_uri(area: FilesystemArea) -> None:
    content = b"%PDF-1.4 " + b"x" * 100_000
    (row,) = store(pdf_instance(content=content), area=area)
    client = caller("radiologist")
    (told,) = client.get(f"{place(row)}/metadata").json()
    uri = told["00420011"]["BulkDataURI"]
    single = client.get(urlsplit(uri).path, headers={"Accept": "application/octet-stream"})
    assert body(single).startswith(content)
    ((kind, many),) = parts(
        client.get(
            urlsplit(uri).path,
            headers={"Accept": 'multipart/related; type="application/octet-stream"'},
        )
    )
    assert (kind, many[: len(content)]) == ("application/octet-stream", content)


def test_a_long_value_in_a_sequence_has_a_uri_of_its_own(area: FilesystemArea) -> None:
    item = Dataset()
    item.EncapsulatedDocument = b"y" * 3000
    (row,) = store(ct_instance(ReferencedImageSequence=[Dataset(), item]), area=area)
    client = caller("radiologist")
    (told,) = client.get(f"{place(row)}/metadata").json()
    uri = told["00081140"]["Value"][1]["00420011"]["BulkDataURI"]
    assert body(client.get(urlsplit(uri).path)) == b"y" * 3000


@pytest.mark.parametrize(
    ("tail", "status"),
    [("00420011", 404), ("0042", 400), ("00081140/0/00420011", 404), ("x/y/z", 400), ("../x", 400)],
)
def test_bulk_data_that_is_not_there(area: FilesystemArea, tail: str, status: int) -> None:
    (row,) = store(ct_instance(), area=area)
    assert caller("radiologist").get(f"{place(row)}/bulkdata/{tail}").status_code == status


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("studies/1.2.3", 404),
        ("studies/1.2.3/metadata", 404),
        ("studies/1.2.3/series/4/metadata", 404),
        ("studies/..%2F..%2Fetc/metadata", 404),
        ("studies/..%5C..%5Cetc/metadata", 400),
        ("studies/1.2.3;rm/series", 400),
        ("studies/abc", 400),
        ("studies/" + "1." * 40 + "1", 400),
        ("studies/1.2/series/x/instances/1/frames/1", 400),
    ],
)
def test_names_that_are_unknown_or_no_uids_are_refused_cleanly(path: str, status: int) -> None:
    assert caller("radiologist").get(f"{ROOT}/{path}").status_code == status


def test_an_instance_is_not_found_under_another_study(area: FilesystemArea) -> None:
    one, other = store(ct_instance(), ct_instance(), area=area)
    path = place(one).replace(one.study.study_instance_uid, other.study.study_instance_uid)
    assert caller("radiologist").get(path).status_code == 404


def test_images_are_for_those_who_may_see_them(area: FilesystemArea) -> None:
    (row,) = store(ct_instance(), area=area)
    for path in (place(row), f"{place(row)}/metadata", f"{place(row)}/frames/1"):
        assert Client().get(path).status_code == 401
        assert caller("scheduler").get(path).status_code == 403
        assert caller("referrer", provider_id="D7").get(path).status_code == 404
    Study.objects.update(referrer_id="D7")
    assert caller("referrer", provider_id="D7").get(f"{place(row)}/metadata").status_code == 200


def test_a_study_that_is_opened_and_taken_along_leaves_two_audit_rows(area: FilesystemArea) -> None:
    rows = store(*ct_series(3), area=area)
    client = caller("radiologist")
    for row in rows:
        client.get(f"{place(row, 'series')}/metadata")
        client.get(f"{place(row)}/frames/1")
        body(client.get(place(row)))
    study = rows[0].study.study_instance_uid
    kinds = AuditRow.objects.filter(object_id=study, door="http")
    assert sorted(kinds.values_list("action", flat=True)) == ["export", "view"]
    assert {row.patient_id for row in kinds} == {rows[0].study.patient_id}


def test_a_file_that_is_gone_is_an_answer_and_not_a_broken_body(area: FilesystemArea) -> None:
    (row,) = store(ct_instance(), area=area)
    Path(area.path(row.storage_key)).unlink()
    assert caller("radiologist").get(place(row)).status_code == 404
