"""Sending many new objects with DCMTK's storescu, one process for each association."""

from __future__ import annotations

import os
import subprocess
import time
import uuid
from pathlib import Path

from pydicom.uid import ExplicitVRLittleEndian

from tests.bench.servers import Server
from tests.support.datasets import ct_instance, new_uid, part10
from tests.support.needs import program


def make_objects(folder: Path, *, count: int, rows: int, columns: int) -> None:
    """Write `count` CT objects of one new series; 512 x 512 makes 512 KiB of pixels."""
    folder.mkdir(parents=True)
    stem = f"2.25.{uuid.uuid4().int % 10**29 + 10**29}"
    template = ct_instance(
        rows=rows,
        columns=columns,
        StudyInstanceUID=new_uid(),
        SeriesInstanceUID=new_uid(),
        SOPInstanceUID=f"{stem}000000",
    )
    content = part10(template, transfer_syntax_uid=ExplicitVRLittleEndian)
    for number in range(count):
        own = content.replace(f"{stem}000000".encode(), f"{stem}{number:06d}".encode())
        (folder / f"{number:05d}.dcm").write_bytes(own)


def send(server: Server, *folders: Path) -> float:
    """Send each folder over an association of its own, all at once; returns the seconds.

    The folders stay: a disk that has just lost many files is slow to make new ones, whoever asks.
    """
    environment = {**os.environ, "TCP_NODELAY": "1"}
    command = [program("storescu"), "-aet", "CT1", "-aec", server.ae_title, "-pdu", "131072", "-xe"]
    command += ["127.0.0.1", str(server.port), "+sd"]
    started = time.perf_counter()
    senders = [
        subprocess.Popen(
            [*command, str(folder)],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for folder in folders
    ]
    for sender in senders:
        _, errors = sender.communicate(timeout=120)
        assert sender.returncode == 0, errors.decode()[-500:]
    return time.perf_counter() - started
