"""Four scanners stream images while DICOM processes are killed: what was answered 0000 is there.

On disk with its checksum, once, and found by the next query.
"""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from pathlib import Path

import pytest
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
from pynetdicom import Association

from tests.support.datasets import ct_instance, new_uid
from tests.support.hub import RunningHub, running_hub
from tests.support.peers.modality import Modality
from tests.support.peers.retriever import wish

SITE = """
[site]
name = "General Hospital"
facility = "GH"
time_zone = "UTC"
default_issuer = "GH"
"""
PEER = """
[[dicom_peer]]
ae_title = "CT{number}"
address = ["127.0.0.1"]
"""
STREAMS = 4
KILLING_SECONDS = 8
PATIENCE_SECONDS = 60


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[RunningHub]:
    with running_hub(tmp_path, only="dicom", HUB_DICOM_PROCESSES="2") as hub:
        peers = "".join(PEER.format(number=number) for number in range(STREAMS))
        hub.apply_site(SITE + peers)
        yield hub


@dataclass
class Stream:
    """A scanner with one series that does not end, and what it was promised."""

    modality: Modality
    series: dict[str, str]
    promised: dict[str, str] = field(default_factory=dict)
    broken: int = 0

    def send(self, stop: threading.Event) -> None:
        """Send one image after another; each until it is answered with success."""
        images = self._images()
        image = next(images)
        patience = time.monotonic() + PATIENCE_SECONDS
        while not stop.is_set() and time.monotonic() < patience:
            association = self.modality.associate([(CTImageStorage, [ExplicitVRLittleEndian])])
            while association.is_established and _stored(association, image):
                self.promised[image.SOPInstanceUID] = sha256(image.PixelData).hexdigest()
                image = next(images)
                patience = time.monotonic() + PATIENCE_SECONDS
                if stop.is_set():
                    association.release()
            self.broken += not stop.is_set()
            time.sleep(0.05)

    def _images(self) -> Iterator[Dataset]:
        for number in count(1):
            ds = ct_instance(rows=128, columns=128, InstanceNumber=str(number), **self.series)
            ds.PixelData = random.Random(number).randbytes(len(ds.PixelData))
            ds.file_meta = FileMetaDataset()
            ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
            yield ds


def _stored(association: Association, image: Dataset) -> bool:
    try:
        return association.send_c_store(image).get("Status", -1) == 0
    except (RuntimeError, ValueError, OSError):  # the connection is gone
        return False


def stream(hub: RunningHub, number: int) -> Stream:
    """Return a scanner of its own AE title with a patient of its own."""
    series = {
        "PatientID": f"P{number}",
        "StudyInstanceUID": new_uid(),
        "SeriesInstanceUID": new_uid(),
    }
    return Stream(Modality(hub.dicom_port, ae_title=f"CT{number}"), series)


def kill_at_random(hub: RunningHub, *, seconds: float, seed: int) -> int:
    """Kill one DICOM process after another, and at the end all of them at once."""
    chance = random.Random(seed)
    names = [name for name in hub.processes() if name.startswith("dicom")]
    until, hits = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        time.sleep(chance.uniform(0.2, 1.5))
        hits += hub.kill(chance.choice(names)) is not None
    return hits + sum(hub.kill(name) is not None for name in names)


def rows_of(hub: RunningHub) -> dict[str, tuple[str, str]]:
    """Return SOP Instance UID → place and digest of every object the index knows."""
    with sqlite3.connect(hub.home / "hub.sqlite3") as database:
        assert database.execute("SELECT COUNT(*) FROM archive_keptaside").fetchone() == (0,)
        found = database.execute(
            "SELECT sop_instance_uid, storage_key, sha256 FROM archive_instance"
        )
        return {uid: (key, digest) for uid, key, digest in found}


def test_every_object_that_was_promised_is_there_once(hub: RunningHub) -> None:
    seed = random.SystemRandom().randrange(10_000)
    streams = [stream(hub, number) for number in range(STREAMS)]
    stop = threading.Event()
    with ThreadPoolExecutor(STREAMS) as pool:
        sending = [pool.submit(one.send, stop) for one in streams]
        try:
            hits = kill_at_random(hub, seconds=KILLING_SECONDS, seed=seed)
            hub.crash()
            hub.start()
            time.sleep(1)
        finally:
            stop.set()
        for each in sending:
            each.result(timeout=2 * PATIENCE_SECONDS)
    promised = {uid: digest for one in streams for uid, digest in one.promised.items()}
    broken = sum(one.broken for one in streams)
    print(f"seed {seed}: {len(promised)} objects, {hits} kills, {broken} broken associations")
    assert hits > STREAMS
    assert len(promised) > 100
    rows = rows_of(hub)
    assert promised.keys() <= rows.keys()
    assert len(rows) - len(promised) <= STREAMS  # the last of each may have had no answer
    for uid, (key, digest) in rows.items():
        content = (hub.home / "objects" / key).read_bytes()
        assert sha256(content).hexdigest() == digest, uid
        assert uid not in promised or sha256(_pixels(content)).hexdigest() == promised[uid]
    for one in streams:
        status, answers = one.modality.find(wish("IMAGE", SOPInstanceUID="", **_series(one)))
        assert status == 0
        found = [str(answer.SOPInstanceUID) for answer in answers]
        assert len(found) == len(set(found))
        assert one.promised.keys() <= set(found)
    hub.manage("hub_verify")


def _series(one: Stream) -> dict[str, str]:
    return {name: uid for name, uid in one.series.items() if name.endswith("UID")}


def _pixels(content: bytes) -> bytes:
    return content[-128 * 128 * 2 :]
