"""What passes through is not held: big objects out, and associations by the thousand."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from pydicom.uid import ExplicitVRLittleEndian
from pytest_django import Settings

from archive.storage.current import area
from archive.store.services import ReceivedObject, store_instance
from pacs_hub.kernel.origin import Origin
from tests.support.datasets import part10, us_instance
from tests.support.dicom_door import dicom_peer, open_door
from tests.support.memory import peak_growth, resident_mib
from tests.support.peers.dcmtk import run, storescp
from tests.support.peers.raw_dicom import (
    ACCEPT,
    RELEASE_RP,
    RELEASE_RQ_PDU,
    RawPeer,
    associate_rq,
    data_pdu,
    echo_command,
)
from tests.support.peers.retriever import Retriever, wish

pytestmark = pytest.mark.django_db(transaction=True)

BIG = 200 * 1024 * 1024
MOST_MIB = 64


def a_big_object() -> str:
    """File a multi-frame object of 200 MiB, nearly all of it a hole; returns its study."""
    rows, columns = 1024, 1024
    ds = us_instance(rows=rows, columns=columns, frames=1)
    ds.NumberOfFrames = str(BIG // (rows * columns * ds.SamplesPerPixel))
    ds.PixelData = b""
    content = part10(ds)
    assert content.endswith(b"\0\0\0\0")
    length = int(ds.NumberOfFrames) * rows * columns * ds.SamplesPerPixel
    spool = area().spool()
    spool.file.write(content[:-4] + struct.pack("<I", length))
    spool.file.truncate(len(content) + length)
    store_instance(
        received=ReceivedObject(spool=spool, transfer_syntax_uid=ExplicitVRLittleEndian),
        area=area(),
        origin=Origin.over_dimse(calling_ae="CT1", address="127.0.0.1"),
        default_issuer="GH",
    )
    return str(ds.StudyInstanceUID)


@pytest.mark.parametrize("option", ["+xa", "+xi"])
def test_a_big_object_is_moved_without_being_held(
    settings: Settings, tmp_path: Path, option: str
) -> None:
    with storescp(tmp_path / "in", option, "--ignore") as other:
        peers = dicom_peer(), dicom_peer("OTHER", host="127.0.0.1", port=other.port)
        with open_door(settings, tmp_path, *peers) as port:
            study = a_big_object()
            with peak_growth() as growth:
                moved = Retriever(port).move(wish("STUDY", StudyInstanceUID=study))
                assert (moved.status, moved.counts) == (0x0000, (1, 0, 0))
                assert growth() < MOST_MIB


@pytest.mark.parametrize("option", ["+xe", "+xi"])
def test_a_big_object_is_given_back_without_being_held(
    settings: Settings, tmp_path: Path, option: str
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    with open_door(settings, tmp_path) as port:
        study = a_big_object()
        keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={study}"]
        callers = ["-aet", "CT1", "-aec", "PACSHUB", "127.0.0.1", str(port)]
        with peak_growth() as growth:
            got = run("getscu", "-S", option, "+B", "-od", str(folder), *keys, *callers)
            assert growth() < MOST_MIB
    assert got.code == 0, got.text
    [arrived] = folder.iterdir()
    assert arrived.stat().st_size > BIG


@pytest.mark.soak
def test_ten_thousand_associations_leave_nothing_behind(settings: Settings, tmp_path: Path) -> None:
    def converse(port: int) -> None:
        with RawPeer(port) as peer:
            assert peer.ask(associate_rq(calling="CT1"))[0] == ACCEPT
            peer.ask(data_pdu(1, echo_command(1)))
            assert peer.ask(RELEASE_RQ_PDU)[0] == RELEASE_RP

    with open_door(settings, tmp_path) as port:
        for _ in range(500):
            converse(port)
        before = resident_mib()
        for _ in range(10_000):
            converse(port)
        assert resident_mib() - before < MOST_MIB
