"""Orthanc as a peer, told what to do over its own REST interface."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.needs import program
from tests.support.peers.dcmtk import listens
from tests.support.ports import free_ports
from tests.support.waiting import wait_until


@dataclass(frozen=True, kw_only=True)
class Orthanc:
    """A running Orthanc of title ORTHANC that knows the hub as "hub"."""

    port: int
    rest_port: int

    def ask(self, path: str, content: Any = None) -> Any:
        """GET `path`, or POST JSON to it; returns the JSON answered.

        Raises:
            HTTPError: it did not work.
        """
        data = None if content is None else json.dumps(content).encode()
        url = f"http://127.0.0.1:{self.rest_port}{path}"
        with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=60) as answer:
            return json.load(answer)

    def upload(self, part10: bytes) -> None:
        """Give it a Part 10 file."""
        url = f"http://127.0.0.1:{self.rest_port}/instances"
        with urllib.request.urlopen(urllib.request.Request(url, data=part10), timeout=60):
            pass

    def delete(self, path: str) -> None:
        """Let it forget something."""
        url = f"http://127.0.0.1:{self.rest_port}{path}"
        with urllib.request.urlopen(urllib.request.Request(url, method="DELETE"), timeout=60):
            pass

    def sop_instance_uids(self) -> list[str]:
        """Return what it holds, sorted."""
        found = self.ask("/instances?expand")
        return sorted(one["MainDicomTags"]["SOPInstanceUID"] for one in found)


@contextmanager
def orthanc(folder: Path, *, hub_port: int, **changes: Any) -> Iterator[Orthanc]:
    """Run Orthanc with its storage below `folder` until the block ends."""
    port, rest_port = free_ports(2)
    folder.mkdir(parents=True, exist_ok=True)
    config: dict[str, Any] = {
        "StorageDirectory": str(folder),
        "IndexDirectory": str(folder),
        "DicomAet": "ORTHANC",
        "DicomPort": port,
        "DicomCheckCalledAet": True,
        "HttpPort": rest_port,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "SynchronousCMove": True,
        "DicomModalities": {"hub": ["PACSHUB", "127.0.0.1", hub_port]},
        "Plugins": [],
        **changes,
    }
    path = folder / "orthanc.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    with subprocess.Popen(
        [program("Orthanc"), str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            both = (port, rest_port)
            wait_until(lambda: all(map(listens, both)), seconds=30, what="Orthanc listens")
            yield Orthanc(port=port, rest_port=rest_port)
        finally:
            process.terminate()
            process.wait(15)
