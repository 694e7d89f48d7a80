"""The archive on a bucket: in over DICOM, out over DICOMweb, and honest when it fails."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian
from pytest_django import Settings

from archive.models import Instance, KeptAside
from archive.retrieve.leaving import leave
from archive.storage.current import area
from tests.support.callers import caller
from tests.support.datasets import ct_instance, ct_series, disc
from tests.support.dicom_door import open_door
from tests.support.peers.modality import Modality
from tests.support.peers.s3 import Mode, S3Server
from tests.support.stored import settle, store

pytestmark = pytest.mark.django_db(transaction=True)


def place(row: Instance) -> str:
    study, series = row.study.study_instance_uid, row.series.series_instance_uid
    return f"/dicom-web/studies/{study}/series/{series}"


def test_what_a_modality_sent_comes_back_over_dicomweb(
    settings: Settings, tmp_path: Path, s3: S3Server
) -> None:
    sent = ct_instance()
    with open_door(settings, tmp_path) as port:
        s3.use(settings, home=tmp_path)
        assert Modality(port).store(sent, sent) == [0x0000, 0x0000]
    row = Instance.objects.get(sop_instance_uid=sent.SOPInstanceUID)
    settle()
    client = caller("radiologist")
    (described,) = client.get(f"{place(row)}/metadata").json()
    assert described["00080018"]["Value"] == [sent.SOPInstanceUID]
    frame = client.get(
        f"{place(row)}/instances/{row.sop_instance_uid}/frames/1",
        headers={"Accept": "application/octet-stream"},
    )
    assert frame.content == sent.PixelData
    whole = client.get(
        f"{place(row)}/instances/{row.sop_instance_uid}",
        headers={"Accept": 'multipart/related; type="application/dicom"; transfer-syntax=*'},
    )
    with area().open(row.storage_key) as file:
        assert file.read() in b"".join(whole.streaming_content)
    picture = client.get(f"{place(row)}/instances/{row.sop_instance_uid}/rendered")
    assert picture["Content-Type"] == "image/jpeg"


def test_a_frame_of_a_long_object_costs_few_requests(
    settings: Settings, tmp_path: Path, s3: S3Server
) -> None:
    s3.use(settings, home=tmp_path)
    pixels = np.stack([disc(256, 256)] * 100)
    dataset = ct_instance(NumberOfFrames="100")
    dataset.PixelData = pixels.tobytes()
    dataset.Rows = dataset.Columns = 256
    (row,) = store(dataset, area=area())
    s3.line.requests.clear()
    answer = caller("radiologist").get(
        f"{place(row)}/instances/{row.sop_instance_uid}/frames/90",
        headers={"Accept": "application/octet-stream"},
    )
    assert answer.content == pixels[89].tobytes()
    assert len(s3.line.requests) <= 3


@pytest.mark.parametrize("mode", ["fail", "hang", "refuse"])
def test_a_store_that_fails_is_told_to_the_modality_and_nothing_is_half_there(
    settings: Settings, tmp_path: Path, s3: S3Server, mode: Mode
) -> None:
    kept, refused = ct_series(2)
    with open_door(settings, tmp_path) as port:
        s3.use(settings, home=tmp_path, seconds=0.5)
        assert Modality(port).store(kept) == [0x0000]
        s3.line.mode = mode
        assert Modality(port).store(refused) == [0xA700]
        s3.line.mode = "pass"
        assert Instance.objects.count() == 1
        assert list((tmp_path / "spool").iterdir()) == []
        assert Modality(port).store(refused) == [0x0000]
    assert {found.key for found in area().objects()} == set(
        Instance.objects.values_list("storage_key", flat=True)
    )


def test_what_cannot_be_filed_is_kept_aside_in_the_bucket(
    settings: Settings, tmp_path: Path, s3: S3Server
) -> None:
    first = ct_instance()
    second = ct_instance(SOPInstanceUID=first.SOPInstanceUID)
    with open_door(settings, tmp_path) as port:
        s3.use(settings, home=tmp_path)
        Modality(port).store(first, second)
    aside = KeptAside.objects.get()
    assert area().size(aside.storage_key) == aside.size


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_what_leaves_is_read_from_the_bucket_unchanged(
    settings: Settings, tmp_path: Path, s3: S3Server, syntax: str
) -> None:
    s3.use(settings, home=tmp_path)
    (row,) = store(ct_instance(), area=area(), transfer_syntax_uid=syntax)
    leaving = leave(row, area=area())
    with area().open(row.storage_key) as file:
        assert b"".join(leaving.part10()) == file.read()
    leaving.close()
