"""The Python dicomweb-client against the hub over a real socket."""

from pathlib import Path

import pytest
import requests
from dicomweb_client.api import DICOMwebClient
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from archive.storage.filesystem import FilesystemArea
from pacs_hub.access.services import issue_token
from tests.support.datasets import ct_instance, ct_series, pdf_instance, us_instance
from tests.support.stored import area_in, settle, store

pytestmark = pytest.mark.django_db(transaction=True)
JPEG_LS = "1.2.840.10008.1.2.4.80"


@pytest.fixture
def area(tmp_path: Path, settings: Settings) -> FilesystemArea:
    """An empty storage area, which the live server reads from too."""
    return area_in(tmp_path / "objects", settings)


@pytest.fixture
def client(live_server: LiveServer, settings: Settings) -> DICOMwebClient:
    """A client signed in as a radiologist."""
    settings.HUB_PUBLIC_URL = live_server.url
    session = requests.Session()
    token = issue_token(name="client", role="radiologist")
    session.headers["Authorization"] = f"Bearer {token}"
    return DICOMwebClient(f"{live_server.url}/dicom-web", session=session)


def test_it_finds_studies_series_and_instances(
    client: DICOMwebClient, area: FilesystemArea
) -> None:
    rows = store(*ct_series(3), area=area)
    study, series = rows[0].study.study_instance_uid, rows[0].series.series_instance_uid
    (found,) = client.search_for_studies(search_filters={"PatientName": "DOE*"}, fields=["all"])
    assert found["0020000D"]["Value"] == [study]
    (found,) = client.search_for_series(study)
    assert found["0020000E"]["Value"] == [series]
    assert len(client.search_for_instances(study, series)) == 3
    assert client.search_for_studies(search_filters={"PatientID": "NOBODY"}) == []


def test_it_pages_until_nothing_remains(client: DICOMwebClient, area: FilesystemArea) -> None:
    store(*ct_series(5), area=area)
    assert len(client.search_for_instances(limit=2, get_remaining=True)) == 5


def test_it_reads_metadata(client: DICOMwebClient, area: FilesystemArea) -> None:
    (row, *_) = store(*ct_series(3), area=area)
    settle()
    for _ in range(2):
        found = client.retrieve_series_metadata(
            row.study.study_instance_uid, row.series.series_instance_uid
        )
        assert [item["00200013"]["Value"] for item in found] == [[1], [2], [3]]


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.80"])
def test_it_retrieves_a_series_and_its_frames(
    client: DICOMwebClient, area: FilesystemArea, syntax: str
) -> None:
    datasets = list(ct_series(2))
    rows = store(*datasets, area=area, transfer_syntax_uid=syntax)
    study, series = rows[0].study.study_instance_uid, rows[0].series.series_instance_uid
    objects = client.retrieve_series(study, series)
    assert [obj.PixelData for obj in objects] == [ds.PixelData for ds in datasets]
    kept = client.retrieve_series(study, series, media_types=(("application/dicom", "*"),))
    assert {obj.file_meta.TransferSyntaxUID for obj in kept} == {syntax}
    (frame,) = client.retrieve_instance_frames(study, series, rows[0].sop_instance_uid, [1])
    assert frame == datasets[0].PixelData


def test_it_retrieves_frames_and_bulk_data_of_a_loop(
    client: DICOMwebClient, area: FilesystemArea
) -> None:
    dataset = us_instance(frames=3)
    (row,) = store(dataset, area=area)
    uids = (row.study.study_instance_uid, row.series.series_instance_uid, row.sop_instance_uid)
    frames = client.retrieve_instance_frames(*uids, [1, 2, 3])
    assert b"".join(frames) == dataset.PixelData
    uri = client.retrieve_instance_metadata(*uids)["7FE00010"]["BulkDataURI"]
    assert b"".join(client.retrieve_bulkdata(uri)) == dataset.PixelData


def test_it_retrieves_a_picture(client: DICOMwebClient, area: FilesystemArea) -> None:
    (row,) = store(ct_instance(), area=area)
    uids = (row.study.study_instance_uid, row.series.series_instance_uid, row.sop_instance_uid)
    picture = client.retrieve_instance_rendered(*uids, media_types=("image/png",))
    assert picture.startswith(b"\x89PNG")


def test_it_retrieves_a_study_object_by_object(
    client: DICOMwebClient, area: FilesystemArea
) -> None:
    datasets = list(ct_series(3))
    (row, *_) = store(*datasets, area=area, transfer_syntax_uid=JPEG_LS)
    study, series = row.study.study_instance_uid, row.series.series_instance_uid
    wanted = [dataset.PixelData for dataset in datasets]
    assert [found.pixel_array.tobytes() for found in client.retrieve_study(study)] == wanted
    assert [found.pixel_array.tobytes() for found in client.iter_study(study)] == wanted
    assert [found.pixel_array.tobytes() for found in client.iter_series(study, series)] == wanted
    one = client.retrieve_instance(study, series, row.sop_instance_uid)
    assert one.pixel_array.tobytes() == wanted[0]
    as_stored = (("application/dicom", JPEG_LS),)
    one = client.retrieve_instance(study, series, row.sop_instance_uid, media_types=as_stored)
    assert one.file_meta.TransferSyntaxUID == JPEG_LS
    assert len(client.retrieve_study_metadata(study)) == 3


def test_it_retrieves_part_of_a_value_and_all_of_it(
    client: DICOMwebClient, area: FilesystemArea
) -> None:
    content = b"%PDF-1.4  " + bytes(range(256)) * 400
    (row,) = store(pdf_instance(content=content), area=area)
    uids = (row.study.study_instance_uid, row.series.series_instance_uid, row.sop_instance_uid)
    uri = client.retrieve_instance_metadata(*uids)["00420011"]["BulkDataURI"]
    assert b"".join(client.retrieve_bulkdata(uri)) == content
    assert b"".join(client.iter_bulkdata(uri)) == content


@pytest.mark.parametrize(
    ("media_type", "start"),
    [
        (("image/jls", JPEG_LS), b"\xff\xd8"),
        (("image/jp2", "1.2.840.10008.1.2.4.90"), b"\xff\x4f"),
        (("application/octet-stream", "1.2.840.10008.1.2.1"), b""),
    ],
)
def test_it_asks_for_frames_in_a_syntax(
    client: DICOMwebClient, area: FilesystemArea, media_type: tuple[str, str], start: bytes
) -> None:
    (row,) = store(ct_instance(), area=area)
    uids = (row.study.study_instance_uid, row.series.series_instance_uid, row.sop_instance_uid)
    (frame,) = client.iter_instance_frames(*uids, [1], media_types=(media_type,))
    assert frame.startswith(start)
    (frame,) = client.retrieve_instance_frames(*uids, [1], media_types=(media_type,))
    assert frame.startswith(start)


def test_it_retrieves_pictures_at_every_level(client: DICOMwebClient, area: FilesystemArea) -> None:
    (row,) = store(us_instance(frames=3), area=area)
    uids = (row.study.study_instance_uid, row.series.series_instance_uid, row.sop_instance_uid)
    jpeg = client.retrieve_series_rendered(*uids[:2], media_types=("image/jpeg",))
    assert jpeg.startswith(b"\xff\xd8\xff")
    png = client.retrieve_instance_frames_rendered(
        *uids, [2], media_types=("image/png",), params={"viewport": "16,16"}
    )
    assert png.startswith(b"\x89PNG")
    loop = client.retrieve_instance_rendered(*uids, media_types=("image/gif",))
    assert loop.startswith(b"GIF89a")


def test_it_is_told_what_is_wrong(client: DICOMwebClient, area: FilesystemArea) -> None:
    (row,) = store(ct_instance(), area=area)
    uids = (row.study.study_instance_uid, row.series.series_instance_uid, row.sop_instance_uid)
    with pytest.raises(requests.HTTPError) as unknown:
        client.retrieve_instance(*uids[:2], "1.2.3")
    assert unknown.value.response.status_code == 404
    with pytest.raises(requests.HTTPError) as outside:
        client.retrieve_instance_frames(*uids, [9])
    assert outside.value.response.status_code == 404
