"""The hub and its rivals as processes of their own, each on fresh data and a free port."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.support.needs import program

PROJECT = Path(__file__).resolve().parents[2]
ORTHANC_PLUGINS = Path("/usr/share/orthanc/plugins")

HUB = """
import os, sys, django
django.setup()
from django.core.management import call_command
from django.db import connections
from pacs_hub.access.services import replace_peers, set_site
call_command("migrate", verbosity=0)
set_site(name="General Hospital", facility="GH", time_zone="UTC", default_issuer="GH")
peer = {"ae_title": "CT1", "address": ["*"], "character_set": "", "may": ["store", "worklist"]}
replace_peers(dicom=[peer], hl7=(), fhir=())
if len(sys.argv) > 1:
    from tests.bench.worklists import fill_hub
    fill_hub(int(sys.argv[1]))
connections.close_all()
os.execv(sys.executable, [sys.executable, "manage.py", "hub", "--only=dicom"])
"""

STOCK = """
import sys, sqlite3, threading
from pathlib import Path
from pynetdicom import AE, AllStoragePresentationContexts, ALL_TRANSFER_SYNTAXES, evt
folder = Path(sys.argv[2])
db = sqlite3.connect(folder / "index.db", check_same_thread=False, isolation_level=None)
db.execute("create table instance (sop primary key, study, path)")
lock = threading.Lock()
def store(event):
    ds = event.dataset
    path = folder / f"{ds.SOPInstanceUID}.dcm"
    path.write_bytes(event.encoded_dataset())
    with lock:
        row = (ds.SOPInstanceUID, ds.StudyInstanceUID, str(path))
        db.execute("insert or replace into instance values (?, ?, ?)", row)
    return 0
ae = AE(ae_title="RIVAL")
ae.maximum_pdu_size = 131072
for context in AllStoragePresentationContexts[:100]:
    ae.add_supported_context(context.abstract_syntax, ALL_TRANSFER_SYNTAXES)
ae.start_server(("127.0.0.1", int(sys.argv[1])), evt_handlers=[(evt.EVT_C_STORE, store)])
"""


@dataclass(frozen=True, kw_only=True)
class Server:
    """A DICOM server that listens."""

    name: str
    ae_title: str
    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """Return the processor time the server and all below it have used so far."""
        return cpu_seconds_of(self.pid)


def cpu_seconds_of(pid: int) -> float:
    """Return the time of a process, its children and those that ended."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    fields = stat.rpartition(")")[2].split()
    own = sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    children: list[str] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # a thread that ended just now
            children += (task / "children").read_text(encoding="ascii").split()
    return own + sum(cpu_seconds_of(int(child)) for child in children)


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def _running(
    name: str, command: list[str], port: int, ae_title: str, **env: str
) -> Iterator[Server]:
    """Run a server until the block ends; Nagle's algorithm off in everything of DCMTK's family."""
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            command,
            env={**os.environ, "TCP_NODELAY": "1", **env},
            stdout=subprocess.DEVNULL,
            stderr=errors,
            cwd=PROJECT,
        ) as process,
    ):
        try:
            _wait(port, process, errors)
            yield Server(name=name, ae_title=ae_title, port=port, pid=process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(port: int, process: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
    for _ in range(600):
        if process.poll() is not None:
            errors.seek(0)
            raise RuntimeError(errors.read().decode()[-2000:])
        with socket.socket() as sock:
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the server does not listen")


@contextmanager
def hub(folder: Path, *, worklist: int = 0) -> Iterator[Server]:
    """The hub's DICOM processes on the embedded defaults: durable in every way."""
    port = free_port()
    home = folder / "hub"
    home.mkdir()
    command = [sys.executable, "-c", HUB, *([str(worklist)] if worklist else [])]
    settings = {
        "DJANGO_SETTINGS_MODULE": "pacs_hub.settings",
        "HUB_HOME": str(home),
        "HUB_DICOM_PORT": str(port),
        "DATABASE_URL": "",
        "PYTHONPATH": str(PROJECT),
        "HUB_DEMO": "0",
        "HUB_LOG_LEVEL": "ERROR",
    }
    with _running("hub", command, port, "PACSHUB", **settings) as server:
        yield server


@contextmanager
def orthanc(folder: Path, *, worklist: Path | None = None) -> Iterator[Server]:
    """Orthanc with its defaults, which sync its storage."""
    port = free_port()
    home = folder / "orthanc"
    home.mkdir()
    config: dict[str, object] = {
        "StorageDirectory": str(home),
        "IndexDirectory": str(home),
        "DicomPort": port,
        "HttpServerEnabled": False,
        "DicomAet": "RIVAL",
        "DicomAlwaysAllowStore": True,
        "DicomAlwaysAllowFindWorklist": True,
        "Plugins": [],
    }
    if worklist is not None:
        config["Plugins"] = [str(ORTHANC_PLUGINS / "libModalityWorklists.so")]
        config["Worklists"] = {"Enable": True, "Database": str(worklist)}
    path = home / "orthanc.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    with _running("Orthanc", [program("Orthanc"), str(path)], port, "RIVAL") as server:
        yield server


@contextmanager
def stock_pynetdicom(folder: Path) -> Iterator[Server]:
    """A plain pynetdicom SCP with a SQLite index and no fsync."""
    port = free_port()
    home = folder / "stock"
    home.mkdir()
    command = [sys.executable, "-c", STOCK, str(port), str(home)]
    with _running("stock pynetdicom", command, port, "RIVAL") as server:
        yield server


@contextmanager
def storescp(folder: Path) -> Iterator[Server]:
    """DCMTK's storescp: receive and write, no index, no fsync: a limit, not a rival."""
    port = free_port()
    home = folder / "storescp"
    home.mkdir()
    command = [program("storescp"), "--fork", "+xa", "-pdu", "131072", "-od", str(home), str(port)]
    with _running("storescp", command, port, "RIVAL") as server:
        yield server


@contextmanager
def wlmscpfs(worklists: Path) -> Iterator[Server]:
    """DCMTK's worklist server over a folder of files."""
    port = free_port()
    command = [program("wlmscpfs"), "--fork", "-dfp", str(worklists), str(port)]
    with _running("wlmscpfs", command, port, "RIVAL") as server:
        yield server
