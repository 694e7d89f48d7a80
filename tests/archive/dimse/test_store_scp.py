"""C-STORE through the real door: what is acknowledged is on disk and in the index."""

from __future__ import annotations

from pathlib import Path

import pydicom
import pytest
from pydicom.uid import ExplicitVRLittleEndian
from pytest_django import Settings

from archive.models import Instance, KeptAside, Study
from archive.storage.current import area
from tests.support.datasets import ct_instance
from tests.support.dicom_door import open_door
from tests.support.peers.modality import Modality

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_stored_object_is_on_disk_as_sent_and_in_the_index(
    settings: Settings, tmp_path: Path
) -> None:
    sent = ct_instance()
    with open_door(settings, tmp_path) as port:
        assert Modality(port).store(sent) == [0x0000]
    row = Instance.objects.get(sop_instance_uid=sent.SOPInstanceUID)
    assert row.transfer_syntax_uid == ExplicitVRLittleEndian
    assert (row.calling_ae, row.address, row.door) == ("CT1", "127.0.0.1", "dimse")
    kept = pydicom.dcmread(area().path(row.storage_key))
    assert kept.file_meta.SourceApplicationEntityTitle == "CT1"
    assert kept.file_meta.MediaStorageSOPInstanceUID == sent.SOPInstanceUID
    assert kept.PixelData == sent.PixelData
    assert kept.PatientName == sent.PatientName


def test_the_same_object_again_is_a_success_without_a_second_row(
    settings: Settings, tmp_path: Path
) -> None:
    sent = ct_instance()
    with open_door(settings, tmp_path) as port:
        assert Modality(port).store(sent, sent) == [0x0000, 0x0000]
    assert Instance.objects.count() == 1


def test_other_bytes_under_a_stored_uid_are_kept_aside(settings: Settings, tmp_path: Path) -> None:
    first = ct_instance()
    second = ct_instance(SOPInstanceUID=first.SOPInstanceUID, PatientName="Roe^Richard")
    with open_door(settings, tmp_path) as port:
        assert Modality(port).store(first, second) == [0x0000, 0x0000]
    assert Instance.objects.count() == 1
    assert KeptAside.objects.get().sop_instance_uid == first.SOPInstanceUID


def test_an_object_without_a_study_uid_is_refused_and_kept_aside(
    settings: Settings, tmp_path: Path
) -> None:
    good = ct_instance()
    with open_door(settings, tmp_path) as port:
        statuses = Modality(port).store(ct_instance(StudyInstanceUID=None), good)
    assert statuses == [0xA900, 0x0000]
    assert KeptAside.objects.count() == 1
    assert Study.objects.get().study_instance_uid == good.StudyInstanceUID


def test_no_spool_file_is_left_behind(settings: Settings, tmp_path: Path) -> None:
    with open_door(settings, tmp_path) as port:
        sent = ct_instance()
        Modality(port).store(sent, sent, ct_instance(SOPInstanceUID=sent.SOPInstanceUID, Rows=32))
    assert list((tmp_path / "objects" / ".spool").iterdir()) == []
