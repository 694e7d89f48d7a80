"""The hub's HTTP door and its rivals, each on fresh data that is the same for all."""

from __future__ import annotations

import getpass
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.servers import ORTHANC_PLUGINS, PROJECT, cpu_seconds_of, free_port
from tests.support.needs import program

# Migrates, takes every object of a folder in, and becomes the hub's HTTP door.
HUB = """
import os, sys, django
django.setup()
from pathlib import Path
from django.core.management import call_command
from django.db import connections
call_command("migrate", verbosity=0)
from archive.storage.current import area
from pacs_hub.access.services import issue_token, set_site
from tests.support.stored import settle, store_bytes
set_site(name="General Hospital", facility="GH", time_zone="UTC", default_issuer="GH")
for path in sorted(Path(sys.argv[1]).iterdir()):
    store_bytes(path.read_bytes(), area=area(), transfer_syntax_uid="1.2.840.10008.1.2.1")
settle()
if sys.argv[2] == "warm":
    call_command("shell", command="from archive.tasks import keep_metadata; keep_metadata()",
                 verbosity=0)
Path(os.environ["HUB_HOME"], "bench-token").write_text(issue_token(name="bench", role="admin"))
connections.close_all()
os.execv(sys.executable, [sys.executable, "manage.py", "hub", "--only=http"])
"""

NGINX = """
daemon off; user {user}; worker_processes 2; pid {home}/pid; error_log {home}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
    client_body_temp_path {home}; proxy_temp_path {home}; fastcgi_temp_path {home};
    uwsgi_temp_path {home}; scgi_temp_path {home};
    server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


@dataclass(frozen=True, kw_only=True)
class WebServer:
    """A server that answers HTTP."""

    name: str
    port: int
    pid: int
    headers: dict[str, str] = field(default_factory=dict)

    def cpu_seconds(self) -> float:
        """Return the processor time the server and all below it have used so far."""
        return cpu_seconds_of(self.pid)


@contextmanager
def hub(folder: Path, objects: Path, *, warm: bool = True) -> Iterator[WebServer]:
    """The hub's HTTP door on the embedded defaults; `warm` with the metadata made at settling."""
    port, home = free_port(), folder / f"hub-{'warm' if warm else 'cold'}"
    home.mkdir()
    settings = {
        "DJANGO_SETTINGS_MODULE": "pacs_hub.settings",
        "HUB_HOME": str(home),
        "HUB_HTTP_PORT": str(port),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "PYTHONPATH": str(PROJECT),
        "HUB_DEMO": "0",
        "HUB_LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-c", HUB, str(objects), "warm" if warm else "cold"]
    with _running(command, port, **settings) as pid:
        token = (home / "bench-token").read_text(encoding="ascii")
        name = "hub" if warm else "hub, cold"
        yield WebServer(name=name, port=port, pid=pid, headers={"Authorization": f"Bearer {token}"})


@contextmanager
def orthanc(folder: Path, objects: Path) -> Iterator[WebServer]:
    """Orthanc with its DICOMweb plugin and its defaults."""
    port, home = free_port(), folder / "orthanc"
    home.mkdir()
    config = {
        "StorageDirectory": str(home),
        "IndexDirectory": str(home),
        "DicomServerEnabled": False,
        "HttpPort": port,
        "AuthenticationEnabled": False,
        "Plugins": [str(ORTHANC_PLUGINS / "libOrthancDicomWeb.so")],
        "DicomWeb": {"Enable": True},
    }
    path = home / "orthanc.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    command = [program("Orthanc"), str(path)]
    with _running(command, port, TCP_NODELAY="1") as pid:
        for file in sorted(objects.iterdir()):
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/instances", data=file.read_bytes()
            )
            with urllib.request.urlopen(request, timeout=60) as answer:
                assert json.load(answer)["Status"] == "Success"
        yield WebServer(name="Orthanc", port=port, pid=pid)


@contextmanager
def nginx(folder: Path, root: Path) -> Iterator[WebServer]:
    """Serve the files below `root` by nginx: a limit, not a rival."""
    port, home = free_port(), folder / "nginx"
    home.mkdir()
    path = home / "nginx.conf"
    path.write_text(
        NGINX.format(user=getpass.getuser(), home=home, port=port, root=root), encoding="utf-8"
    )
    with _running([program("nginx"), "-c", str(path)], port) as pid:
        yield WebServer(name="nginx, static file", port=port, pid=pid)


@contextmanager
def _running(command: list[str], port: int, **env: str) -> Iterator[int]:
    process = subprocess.Popen(
        command,
        env={**os.environ, **env},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=PROJECT,
    )
    try:
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
    for _ in range(3000):
        assert process.poll() is None, f"{process.args!r} ended with {process.returncode}"
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
            return
        except urllib.error.HTTPError:  # an answer all the same
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the server does not answer")
