"""DCMTK's retrieve programs against our door: movescu, storescp, getscu, dcmqrscp."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pydicom
import pytest
from pydicom import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pytest_django import Settings

from pacs_hub.access.services import replace_peers
from tests.support.datasets import ct_series, mr_instance, new_uid
from tests.support.dicom_door import dicom_peer, open_door
from tests.support.needs import program
from tests.support.peers.dcmtk import listens, run, storescp
from tests.support.peers.modality import Modality
from tests.support.ports import free_ports
from tests.support.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def study() -> list[Dataset]:
    """Return a CT series and an MR object of one study."""
    uid = new_uid()
    return [*ct_series(3, StudyInstanceUID=uid), mr_instance(StudyInstanceUID=uid)]


def names(found: list[Dataset]) -> list[str]:
    """Return sorted SOP Instance UIDs."""
    return sorted(str(ds.SOPInstanceUID) for ds in found)


def keys(study: list[Dataset]) -> list[str]:
    """Return what selects the study on the command line."""
    uid = study[0].StudyInstanceUID
    return ["-S", "-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={uid}"]


def here(port: int, called: str = "PACSHUB") -> list[str]:
    """Return who calls whom."""
    return ["-v", "-aet", "CT1", "-aec", called, "127.0.0.1", str(port)]


@pytest.mark.parametrize(
    ("option", "syntax"),
    [("+xa", ExplicitVRLittleEndian), ("+xi", ImplicitVRLittleEndian)],
)
def test_movescu_has_a_study_sent_to_storescp(
    settings: Settings, tmp_path: Path, study: list[Dataset], option: str, syntax: str
) -> None:
    with storescp(tmp_path / "in", option) as other:
        peers = dicom_peer(), dicom_peer("OTHER", host="127.0.0.1", port=other.port)
        with open_door(settings, tmp_path, *peers) as port:
            Modality(port).store(*study)
            moved = run("movescu", "-aem", "OTHER", *keys(study), *here(port))
        assert moved.code == 0, moved.text
        assert names(other.objects()) == names(study)
        for ds in other.objects():
            assert ds.file_meta.TransferSyntaxUID == syntax
            assert ds.PixelData == next(
                s.PixelData for s in study if s.SOPInstanceUID == ds.SOPInstanceUID
            )


def test_movescu_receives_on_its_own_port(
    settings: Settings, tmp_path: Path, study: list[Dataset]
) -> None:
    [own] = free_ports(1)
    folder = tmp_path / "in"
    folder.mkdir()
    with open_door(settings, tmp_path, dicom_peer(host="127.0.0.1", port=own)) as port:
        Modality(port).store(*study)
        own_port = ["+P", str(own), "-od", str(folder), "-aem", "CT1"]
        moved = run("movescu", *own_port, *keys(study), *here(port))
    assert moved.code == 0, moved.text
    assert names([pydicom.dcmread(path) for path in folder.iterdir()]) == names(study)


def test_movescu_is_told_of_a_destination_nobody_knows(
    settings: Settings, tmp_path: Path, study: list[Dataset]
) -> None:
    with open_door(settings, tmp_path) as port:
        moved = run("movescu", "-d", "-aem", "NOBODY", *keys(study), *here(port))
    assert moved.code != 0
    assert "MoveDestinationUnknown" in moved.text


def test_movescu_is_told_when_storescp_refuses_everything(
    settings: Settings, tmp_path: Path, study: list[Dataset]
) -> None:
    with storescp(tmp_path / "in", "--refuse") as other:
        peers = dicom_peer(), dicom_peer("OTHER", host="127.0.0.1", port=other.port)
        with open_door(settings, tmp_path, *peers) as port:
            Modality(port).store(*study)
            moved = run("movescu", "-d", "-aem", "OTHER", *keys(study), *here(port))
    assert moved.code != 0
    assert "OutOfResourcesSubOperations" in moved.text


@pytest.mark.parametrize("option", ["+x=", "+xi", "+xe"])
def test_getscu_gets_a_study(
    settings: Settings, tmp_path: Path, study: list[Dataset], option: str
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    with open_door(settings, tmp_path) as port:
        Modality(port).store(*study)
        got = run("getscu", option, "-od", str(folder), *keys(study), *here(port))
    assert got.code == 0, got.text
    assert names([pydicom.dcmread(path) for path in folder.iterdir()]) == names(study)


@contextmanager
def dcmqrscp(folder: Path, hub_port: int) -> Iterator[int]:
    """Run DCMTK's archive; it knows the hub as a peer."""
    [port] = free_ports(1)
    (folder / "db").mkdir(parents=True)
    config = folder / "dcmqrscp.cfg"
    config.write_text(
        f"NetworkTCPPort = {port}\nMaxPDUSize = 16384\nMaxAssociations = 16\n"
        f"HostTable BEGIN\nhub = (PACSHUB, localhost, {hub_port})\nHostTable END\n"
        f"VendorTable BEGIN\nVendorTable END\n"
        f"AETable BEGIN\nQRSCP {folder}/db RW (200, 1024mb) ANY\nAETable END\n",
        encoding="ascii",
    )
    with subprocess.Popen(
        [program("dcmqrscp"), "-c", str(config)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            wait_until(lambda: listens(port), seconds=10, what="dcmqrscp listens")
            yield port
        finally:
            process.kill()


def test_a_study_goes_to_dcmqrscp_and_comes_back(
    settings: Settings, tmp_path: Path, study: list[Dataset]
) -> None:
    with open_door(settings, tmp_path / "hub") as hub:
        Modality(hub).store(*study[:2])
        with dcmqrscp(tmp_path / "qr", hub) as port:
            known = (dicom_peer(), dicom_peer("QRSCP", host="127.0.0.1", port=port))
            replace_peers(dicom=known, hl7=(), fhir=())
            moved = run("movescu", "-aem", "QRSCP", *keys(study), *here(hub))
            assert moved.code == 0, moved.text
            Modality(port, called_ae="QRSCP").store(study[2])
            back = run("movescu", "-aem", "PACSHUB", *keys(study), *here(port, "QRSCP"))
            assert back.code == 0, back.text
        folder = tmp_path / "in"
        folder.mkdir()
        got = run("getscu", "-od", str(folder), *keys(study), *here(hub))
    assert got.code == 0, got.text
    assert names([pydicom.dcmread(path) for path in folder.iterdir()]) == names(study[:3])
