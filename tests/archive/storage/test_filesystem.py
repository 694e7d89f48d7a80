"""Objects on disk: kept whole, below the root, and gone when discarded."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.storage.filesystem import DiskRefused, FilesystemArea, NoSuchObject


def test_a_kept_object_is_read_back(tmp_path: Path) -> None:
    area = FilesystemArea(tmp_path)
    spool = area.spool()
    spool.file.write(b"abc")
    area.keep(spool, "aa/bb/x.dcm")
    with area.open("aa/bb/x.dcm") as file:
        assert file.read() == b"abc"
    assert list((tmp_path / ".spool").iterdir()) == []


def test_a_discarded_spool_leaves_nothing(tmp_path: Path) -> None:
    area = FilesystemArea(tmp_path)
    spool = area.spool()
    spool.file.write(b"abc")
    spool.discard()
    spool.discard()
    assert list((tmp_path / ".spool").iterdir()) == []


def test_a_key_cannot_leave_the_root(tmp_path: Path) -> None:
    with pytest.raises(NoSuchObject):
        FilesystemArea(tmp_path).path("../outside")


def test_what_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NoSuchObject):
        FilesystemArea(tmp_path).open("aa/none.dcm")


def test_a_disk_that_refuses_is_said_so(tmp_path: Path) -> None:
    area = FilesystemArea(tmp_path)
    spool = area.spool()
    (tmp_path / "blocked").write_text("a file where a folder should be")
    with pytest.raises(DiskRefused):
        area.keep(spool, "blocked/x.dcm")
    spool.discard()
