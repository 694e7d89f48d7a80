"""A disk that is full, or may not be written: A700 in time, nothing half, nothing promised lost."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pynetdicom import Association
from pytest_django import Settings

from archive.models import Instance, KeptAside
from archive.storage.current import area
from archive.store.queries import forget_policies
from archive.store.room import forget_room
from pacs_hub.access.models import Site
from tests.support.datasets import ct_instance, ct_series
from tests.support.dicom_door import dicom_peer, open_door
from tests.support.needs import program
from tests.support.peers.modality import Modality

pytestmark = pytest.mark.django_db(transaction=True)
CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = ["1.2.840.10008.1.2.1"]
STORED, FULL = 0x0000, 0xA700
SMALL_DISK = "size=72m"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own that holds 72 MiB."""
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a small file system: run the tests with sudo")
    folder = tmp_path / "small"
    folder.mkdir()
    mount = [program("mount"), "-t", "tmpfs", "-o", SMALL_DISK, "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        pytest.skip(f"needs to mount a small file system: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run([program("umount"), "-l", str(folder)], check=True)  # noqa: S603


@pytest.fixture
def port(settings: Settings, small_disk: Path) -> Iterator[int]:
    """The hub's own door before a small disk, without a reserve."""
    with open_door(settings, small_disk, dicom_peer()) as port:
        set_policies(reserve_gb=0)
        yield port


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Let no policy or quota be remembered by the tests that follow."""
    yield
    forget_policies()
    forget_room()


def set_policies(**archive: Any) -> None:
    Site.objects.update(archive=archive)
    forget_policies()
    forget_room()


def send(association: Association, ds: Any) -> int:
    ds.ensure_file_meta()
    ds.file_meta.TransferSyntaxUID = EXPLICIT[0]
    return int(association.send_c_store(ds).Status)


def whole_files() -> bool:
    """Say whether every row has its file, of the length it says."""
    rows = list(Instance.objects.all())
    return all(area().size(row.storage_key) == row.size for row in rows)


def spooled() -> list[Path]:
    return list((area().path(".spool")).iterdir())  # type: ignore[attr-defined] - a local area


def test_a_disk_that_fills_up_while_it_is_written_to_refuses_and_goes_on_later(
    port: int, small_disk: Path
) -> None:
    """The same association goes on as soon as there is room."""
    ballast = small_disk / "ballast"
    with Modality(port).associated((CT, EXPLICIT)) as association:
        assert send(association, ct_instance()) == STORED
        free = os.statvfs(small_disk)
        ballast.write_bytes(bytes(free.f_bavail * free.f_frsize - 600_000))
        big = ct_instance(rows=1024, columns=1024)
        assert send(association, big) == FULL
        assert spooled() == []
        assert not KeptAside.objects.exists()
        ballast.unlink()
        forget_room()
        assert send(association, big) == STORED
    assert Instance.objects.count() == 2
    assert whole_files()


def test_an_object_longer_than_what_is_free_is_refused_whole(port: int) -> None:
    """There is room when it begins: the disk itself says no in the middle of it."""
    with Modality(port).associated((CT, EXPLICIT)) as association:
        assert send(association, ct_instance(rows=6400, columns=6400)) == FULL
        assert spooled() == []
        assert send(association, ct_instance()) == STORED
    assert not KeptAside.objects.exists()
    assert whole_files()


def test_every_object_that_was_acknowledged_on_the_way_to_a_full_disk_is_there(
    port: int,
) -> None:
    statuses: dict[str, int] = {}
    with Modality(port).associated((CT, EXPLICIT)) as association:
        for ds in ct_series(150, rows=512, columns=512):
            statuses[str(ds.SOPInstanceUID)] = send(association, ds)
    assert set(statuses.values()) == {STORED, FULL}
    acknowledged = {uid for uid, status in statuses.items() if status == STORED}
    assert set(Instance.objects.values_list("sop_instance_uid", flat=True)) == acknowledged
    assert whole_files()
    assert spooled() == []


def test_less_than_the_reserve_refuses_before_the_data_set_is_read(port: int) -> None:
    set_policies(reserve_gb=1)  # more than the disk has at all
    with Modality(port).associated((CT, EXPLICIT)) as association:
        assert send(association, ct_instance()) == FULL
        set_policies(reserve_gb=0)
        assert send(association, ct_instance()) == STORED


def test_an_area_that_cannot_be_written_refuses_and_goes_on_later(
    port: int, small_disk: Path
) -> None:
    mount = [program("mount"), "-o"]
    with Modality(port).associated((CT, EXPLICIT)) as association:
        assert send(association, ct_instance()) == STORED
        subprocess.run([*mount, "remount,ro", str(small_disk)], check=True)  # noqa: S603
        assert send(association, ct_instance()) == FULL
        subprocess.run([*mount, "remount,rw", str(small_disk)], check=True)  # noqa: S603
        assert send(association, ct_instance()) == STORED
    assert Instance.objects.count() == 2
    assert whole_files()


@pytest.mark.parametrize("whose", ["site", "peer"])
def test_a_quota_is_kept(settings: Settings, tmp_path: Path, whose: str) -> None:
    peer = {"quota_gb": 1} if whose == "peer" else {}
    with open_door(settings, tmp_path, dicom_peer(options=peer)) as port:
        modality = Modality(port)
        assert modality.store(ct_instance()) == [STORED]
        Instance.objects.update(size=10**9)
        set_policies(**({"quota_gb": 1} if whose == "site" else {}))
        assert modality.store(ct_instance()) == [FULL]
    assert Instance.objects.count() == 1
