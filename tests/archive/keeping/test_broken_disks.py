"""Disks that fail, and files that are not ours: found, told, and nothing is made worse."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from archive.keeping import services
from archive.keeping.models import Discarded, Finding, VerificationRound
from archive.models import Instance, KeptAside
from archive.storage.current import area as current_area
from archive.storage.filesystem import FilesystemArea
from pacs_hub.kernel.errors import Unavailable
from pacs_hub.kernel.origin import Origin
from tests.support.datasets import ct_series
from tests.support.stored import settle, store

pytestmark = pytest.mark.django_db(transaction=True)
ORIGIN = Origin(door="hub", actor="keeping")


class BadSectors:
    """The hub's area, with a disk below that cannot read some of its objects."""

    def __init__(self, *keys: str, error: int = errno.EIO) -> None:
        self.keys, self.error = keys, error

    def __getattr__(self, name: str) -> Any:
        return getattr(current_area(), name)

    def open(self, key: str) -> Any:
        """Open an object; reading some breaks off."""
        file = current_area().open(key)
        if key in self.keys:
            file.close()
            return _Failing(self.error)
        return file


class _Failing:
    def __init__(self, error: int) -> None:
        self._error = error

    def __enter__(self) -> _Failing:
        return self

    def __exit__(self, *args: object) -> None:
        """Nothing was open."""

    def read(self, size: int = -1) -> bytes:
        """Fail as a disk does."""
        raise OSError(self._error, os.strerror(self._error))


def go_on(area: Any) -> None:
    VerificationRound.objects.update(allowance=10**9)
    services.verify_some(area=area, bytes_per_second=10**9, default_issuer="GH")


def finish_round(area: Any) -> None:
    for _ in range(6):
        go_on(area)


def test_a_bad_sector_is_a_finding_and_the_walk_goes_on(area: FilesystemArea) -> None:
    rows = store(*ct_series(3), area=area)
    disk: Any = BadSectors(rows[1].storage_key)
    finish_round(disk)
    finding = Finding.objects.get()
    assert (finding.kind, finding.key) == ("damaged-object", rows[1].storage_key)
    assert finding.text == "it cannot be read: Input/output error"
    assert VerificationRound.objects.get().finished_at is not None


def test_a_folder_where_an_object_was_is_a_finding(area: FilesystemArea) -> None:
    (row,) = store(*ct_series(1), area=area)
    area.path(row.storage_key).unlink()
    area.path(row.storage_key).mkdir()
    finish_round(current_area())
    assert Finding.objects.get().text == "it cannot be read: Is a directory"


def test_a_disk_that_is_away_says_nothing_about_its_objects(area: FilesystemArea) -> None:
    (row,) = store(*ct_series(1), area=area)
    disk: Any = BadSectors(row.storage_key, error=errno.ESTALE)
    with pytest.raises(Unavailable):
        finish_round(disk)
    assert not Finding.objects.exists()


def test_a_recall_of_damaged_bytes_leaves_the_old_good_ones_alone(
    area: FilesystemArea, settings: Settings, tmp_path: Path
) -> None:
    settings.HUB_COLD_STORAGE_URL = f"file://{tmp_path}/cold"
    rows = store(*ct_series(1), area=area)
    settle()
    services.move_to_cold(study_id=rows[0].study_id, area=current_area(), origin=ORIGIN)
    old = area.path(rows[0].storage_key)
    good = old.read_bytes()
    cold = tmp_path / "cold" / rows[0].storage_key
    cold.write_bytes(good[:-1] + b"\xff")
    moved = services.recall(study_id=rows[0].study_id, area=current_area(), origin=ORIGIN)
    assert (moved.objects, moved.left) == (0, 1)
    assert old.read_bytes() == good
    services.verify_all(
        area=current_area(), default_issuer="GH", repair=True, tell=lambda finding: None
    )
    assert Finding.objects.get().state == "healed"
    assert cold.read_bytes() == good


def test_what_is_wanted_and_nowhere_does_not_stop_the_removal_of_the_rest(
    area: FilesystemArea,
) -> None:
    rows = store(*ct_series(2), area=area)
    gone, other = rows
    Instance.objects.filter(pk=other.pk).delete()
    area.delete(gone.storage_key)
    for key in (gone.storage_key, other.storage_key):
        Discarded.objects.create(key=key, size=1, at=gone.received_at)
    long_ago = gone.received_at.replace(year=2020)
    Discarded.objects.update(at=long_ago, binned_at=long_ago)
    services.remove_discarded(area=current_area(), limit=10)
    assert not Discarded.objects.exists()


def test_files_of_others_do_not_stop_a_round(
    area: FilesystemArea, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(*ct_series(1), area=area)
    (area.path("lost+found")).mkdir()
    deep = area.path("/".join(["a" * 100] * 4))
    deep.parent.mkdir(parents=True)
    deep.write_bytes(b"?")
    os.utime(deep, (1, 1))
    real = os.scandir

    def scandir(place: Any) -> Any:
        if str(place).rstrip("/").endswith("lost+found"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(place)

    monkeypatch.setattr(os, "scandir", scandir)
    finish_round(current_area())
    assert VerificationRound.objects.get().finished_at is not None
    assert not Finding.objects.exists()


def test_files_of_one_name_are_set_aside_beside_each_other(area: FilesystemArea) -> None:
    for folder in ("one", "two"):
        path = area.path(f"{folder}/IMG0001")
        path.parent.mkdir()
        path.write_bytes(folder.encode())
    services.reindex(area=current_area(), default_issuer="GH", tell=lambda done: None)
    rows = KeptAside.objects.all()
    assert len({row.storage_key for row in rows}) == 2
    assert {area.path(row.storage_key).read_bytes() for row in rows} == {b"one", b"two"}


def test_the_name_of_a_file_of_others_is_not_logged(
    area: FilesystemArea, caplog: pytest.LogCaptureFixture
) -> None:
    path = area.path("ROENTGEN^WILHELM.dcm")
    path.write_bytes(b"?")
    os.utime(path, (1, 1))
    services.verify_all(
        area=current_area(), default_issuer="GH", repair=True, tell=lambda finding: None
    )
    assert KeptAside.objects.count() == 1
    assert "archive.verify.found" in caplog.text
    assert "ROENTGEN" not in str([record.__dict__ for record in caplog.records])


def test_a_folder_that_somebody_removed_is_made_again(area: FilesystemArea) -> None:
    (row,) = store(*ct_series(1), area=area)
    shutil.rmtree(area.path(row.storage_key).parent)
    row.study.delete()
    spool = area.spool()
    spool.file.write(b"?")
    with pytest.raises(Unavailable):
        area.keep(spool, row.storage_key)
    area.keep(spool, row.storage_key)
    assert area.path(row.storage_key).exists()
