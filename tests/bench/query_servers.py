"""The hub and Orthanc with the same many studies, both asked over DICOM and over HTTP."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.servers import ORTHANC_PLUGINS, PROJECT, cpu_seconds_of, free_port
from tests.support.needs import program

# Migrates, fills the tables with so many studies, and becomes the hub with both doors.
HUB = """
import os, sys, django
django.setup()
from pathlib import Path
from django.core.management import call_command
from django.db import connections
call_command("migrate", verbosity=0)
from pacs_hub.access.services import issue_token, replace_peers, set_site
from tests.bench.studies import fill_hub
set_site(name="General Hospital", facility="GH", time_zone="UTC", default_issuer="GH")
peer = {"ae_title": "CT1", "address": ["*"], "character_set": "", "may": ["find"]}
replace_peers(dicom=[peer], hl7=(), fhir=())
fill_hub(int(sys.argv[1]))
Path(os.environ["HUB_HOME"], "bench-token").write_text(issue_token(name="bench", role="admin"))
connections.close_all()
os.execv(sys.executable, [sys.executable, "manage.py", "hub", "--only=dicom,http"])
"""


@dataclass(frozen=True, kw_only=True)
class QueryServer:
    """A server that answers C-FIND and QIDO-RS."""

    name: str
    ae_title: str
    dicom_port: int
    http_port: int
    pid: int
    headers: dict[str, str] = field(default_factory=dict)

    def cpu_seconds(self) -> float:
        """Return the processor time the server and all below it have used so far."""
        return cpu_seconds_of(self.pid)


@contextmanager
def hub(folder: Path, studies: int, *, name: str = "hub") -> Iterator[QueryServer]:
    """The hub on its embedded defaults with so many studies."""
    home = folder / f"hub-{studies}"
    home.mkdir()
    dicom, http = free_port(), free_port()
    settings = {
        "DJANGO_SETTINGS_MODULE": "pacs_hub.settings",
        "HUB_HOME": str(home),
        "HUB_DICOM_PORT": str(dicom),
        "HUB_HTTP_PORT": str(http),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "PYTHONPATH": str(PROJECT),
        "HUB_DEMO": "0",
        "HUB_LOG_LEVEL": "ERROR",
    }
    with _running([sys.executable, "-c", HUB, str(studies)], (dicom, http), **settings) as pid:
        token = (home / "bench-token").read_text(encoding="ascii")
        yield QueryServer(
            name=name,
            pid=pid,
            ae_title="PACSHUB",
            dicom_port=dicom,
            http_port=http,
            headers={"Authorization": f"Bearer {token}"},
        )


@contextmanager
def orthanc(folder: Path) -> Iterator[QueryServer]:
    """Orthanc with its DICOMweb plugin and its defaults, empty."""
    home = folder / "orthanc"
    home.mkdir()
    dicom, http = free_port(), free_port()
    config = {
        "StorageDirectory": str(home),
        "IndexDirectory": str(home),
        "DicomAet": "RIVAL",
        "DicomPort": dicom,
        "DicomAlwaysAllowFind": True,
        "DicomAlwaysAllowStore": True,
        "HttpPort": http,
        "AuthenticationEnabled": False,
        "Plugins": [str(ORTHANC_PLUGINS / "libOrthancDicomWeb.so")],
        "DicomWeb": {"Enable": True},
    }
    path = home / "orthanc.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    with _running([program("Orthanc"), str(path)], (dicom, http), TCP_NODELAY="1") as pid:
        yield QueryServer(
            name="Orthanc",
            pid=pid,
            ae_title="RIVAL",
            dicom_port=dicom,
            http_port=http,
        )


@contextmanager
def _running(command: list[str], ports: tuple[int, ...], **env: str) -> Iterator[int]:
    process = subprocess.Popen(
        command,
        env={**os.environ, **env},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=PROJECT,
    )
    try:
        for port in ports:
            _wait(port, process)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(6000):
        assert process.poll() is None, f"the server ended with {process.returncode}"
        with socket.socket() as sock:
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the server does not listen")
