"""C-STORE through the real door: what is acknowledged is on disk and in the index."""

from __future__ import annotations

import io
from pathlib import Path

import pydicom
import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)
from pytest_django import Settings

from archive.models import Instance, KeptAside, Study
from archive.storage.current import area
from archive.upper_layer.command import us
from tests.support.datasets import ct_instance, part10
from tests.support.dicom_door import open_door
from tests.support.peers.modality import Modality
from tests.support.peers.raw_dicom import EXPLICIT, RawPeer, associate_rq, data_pdu, store_command

CT = "1.2.840.10008.5.1.4.1.1.2"

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
    kept = pydicom.dcmread(area().open(row.storage_key))
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


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_other_uncompressed_syntaxes_are_stored_as_they_come(
    settings: Settings, tmp_path: Path, syntax: str
) -> None:
    sent = ct_instance()
    with open_door(settings, tmp_path) as port:
        assert Modality(port).store(sent, transfer_syntax=syntax) == [0x0000]
    row = Instance.objects.get()
    assert row.transfer_syntax_uid == syntax
    assert pydicom.dcmread(area().open(row.storage_key)).PixelData == sent.PixelData


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"this is no data set at all", 0xC000),
        (b"", 0xA900),
        (bytes(1000), 0xA900),
    ],
)
def test_what_is_not_dicom_is_refused_and_kept_aside_and_the_next_object_taken(
    settings: Settings, tmp_path: Path, data: bytes, status: int
) -> None:
    contexts = ((1, CT, (EXPLICIT,)),)
    with open_door(settings, tmp_path) as port:
        with RawPeer(port) as peer:
            peer.ask(associate_rq(calling="CT1", contexts=contexts))
            peer.send(data_pdu(1, store_command(CT, "1.2.3")))
            _, body = peer.ask(data_pdu(1, data, control=2))
            assert us(status) in body
        assert Modality(port).store(ct_instance()) == [0x0000]
    aside = KeptAside.objects.get()
    assert area().path(aside.storage_key).read_bytes().endswith(data)
    assert aside.calling_ae == "CT1"


def test_a_truncated_object_is_refused_and_kept_aside(settings: Settings, tmp_path: Path) -> None:
    whole = part10(ct_instance())
    data_set = whole[144 + int.from_bytes(whole[140:144], "little") :]
    sop_instance_uid = str(pydicom.dcmread(io.BytesIO(whole)).SOPInstanceUID)
    with open_door(settings, tmp_path) as port, RawPeer(port) as peer:
        peer.ask(associate_rq(calling="CT1", contexts=((1, CT, (EXPLICIT,)),)))
        peer.send(data_pdu(1, store_command(CT, sop_instance_uid)))
        _, body = peer.ask(data_pdu(1, data_set[:-100], control=2))
    assert us(0xC000) in body
    assert KeptAside.objects.get().reason == "truncated"
    assert not Instance.objects.exists()


def test_an_object_cut_off_by_the_network_leaves_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    with open_door(settings, tmp_path) as port, RawPeer(port) as peer:
        peer.ask(associate_rq(calling="CT1", contexts=((1, CT, (EXPLICIT,)),)))
        peer.send(data_pdu(1, store_command(CT, "1.2.3")))
        peer.send(data_pdu(1, bytes(5000), control=0))
    assert list((tmp_path / "objects" / ".spool").iterdir()) == []
    assert not KeptAside.objects.exists()


def test_a_uid_with_path_characters_goes_nowhere(settings: Settings, tmp_path: Path) -> None:
    evil = ct_instance()
    evil.StudyInstanceUID = "../../../tmp/evil"
    with open_door(settings, tmp_path) as port:
        assert Modality(port).store(evil) == [0x0117]
    assert KeptAside.objects.get().reason == "bad-uid"
    assert not Instance.objects.exists()
