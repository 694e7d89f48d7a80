"""Orthanc's DICOMweb plugin as a client of the hub: it looks, takes and gives."""

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from archive.storage.filesystem import FilesystemArea
from archive.store.models import Instance
from pacs_hub.access.services import issue_token, set_site
from tests.support.datasets import ct_instance, ct_series, part10
from tests.support.needs import program
from tests.support.ports import free_ports
from tests.support.stored import area_in, store
from tests.support.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
JPEG_LS = "1.2.840.10008.1.2.4.80"


class Orthanc:
    """One Orthanc that knows the hub under the name "hub"."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"

    def ask(self, path: str, content: Any = None) -> Any:
        """GET, or POST `content`, and return the JSON answer."""
        data = content if isinstance(content, bytes | None) else json.dumps(content).encode()
        request = urllib.request.Request(self._base + path, data=data)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def is_up(self) -> bool:
        try:
            return bool(self.ask("/system"))
        except OSError:
            return False


@pytest.fixture
def area(tmp_path: Path, settings: Settings) -> FilesystemArea:
    """An empty storage area, which the live server reads from too."""
    return area_in(tmp_path / "objects", settings)


@pytest.fixture
def orthanc(tmp_path: Path, live_server: LiveServer, settings: Settings) -> Iterator[Orthanc]:
    """An empty Orthanc, signed in at the hub as a machine."""
    command = program("Orthanc")
    if not PLUGIN.exists():
        pytest.skip("needs Orthanc's plugin: sudo apt-get install orthanc-dicomweb")
    settings.HUB_PUBLIC_URL = live_server.url
    set_site(name="General Hospital", facility="GH", time_zone="UTC", default_issuer="GH")
    token = issue_token(name="orthanc", role="integrator")
    (port,) = free_ports(1)
    home = tmp_path / "orthanc"
    home.mkdir()
    server = {
        "Url": f"{live_server.url}/dicom-web/",
        "HttpHeaders": {"Authorization": f"Bearer {token}"},
        "ChunkedTransfers": False,  # the server of the test cannot read them; the hub's own can
    }
    configuration = {
        "StorageDirectory": str(home),
        "IndexDirectory": str(home),
        "DicomServerEnabled": False,
        "HttpPort": port,
        "AuthenticationEnabled": False,
        "Plugins": [str(PLUGIN)],
        "DicomWeb": {"Enable": True, "Servers": {"hub": server}},
    }
    (home / "orthanc.json").write_text(json.dumps(configuration), encoding="utf-8")
    process = subprocess.Popen(
        [command, str(home / "orthanc.json")],
        env={**os.environ, "TCP_NODELAY": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        peer = Orthanc(port)
        wait_until(peer.is_up, seconds=30, what="Orthanc answers")
        yield peer
    finally:
        process.terminate()
        process.wait(20)


def test_it_finds_a_study(orthanc: Orthanc, area: FilesystemArea) -> None:
    (row, *_) = store(*ct_series(2), area=area)
    found = orthanc.ask(
        "/dicom-web/servers/hub/qido", {"Uri": "/studies", "Arguments": {"PatientID": "P100"}}
    )
    uids = [study["0020000D"]["Value"] for study in found]
    assert uids == [row.study.study_instance_uid]


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1", JPEG_LS])
def test_it_takes_a_study_and_its_pixels(
    orthanc: Orthanc, area: FilesystemArea, syntax: str
) -> None:
    datasets = list(ct_series(3))
    (row, *_) = store(*datasets, area=area, transfer_syntax_uid=syntax)
    study = {"Study": row.study.study_instance_uid}
    orthanc.ask("/dicom-web/servers/hub/retrieve", {"Resources": [study]})
    taken = orthanc.ask("/instances?expand")
    uids = {one["MainDicomTags"]["SOPInstanceUID"] for one in taken}
    assert uids == {dataset.SOPInstanceUID for dataset in datasets}


def test_it_gives_a_study(orthanc: Orthanc, area: FilesystemArea) -> None:
    dataset = ct_instance()
    stored = orthanc.ask("/instances", part10(dataset))
    orthanc.ask("/dicom-web/servers/hub/stow", {"Resources": [stored["ID"]], "Synchronous": True})
    row = Instance.objects.get()
    assert row.sop_instance_uid == dataset.SOPInstanceUID
    assert area.path(row.storage_key).exists()
