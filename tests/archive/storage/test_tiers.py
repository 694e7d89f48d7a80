"""Two areas behind one port."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from archive.storage.area import NoSuchObject
from archive.storage.current import area, sweep_stale_spools
from archive.storage.filesystem import FilesystemArea
from archive.storage.tiers import TieredArea, cold_key, main_key
from pacs_hub.kernel import clock


@pytest.fixture
def both(tmp_path: Path) -> TieredArea:
    """A warm folder and a cold one."""
    return TieredArea(
        main=FilesystemArea(tmp_path / "main"), cold=FilesystemArea(tmp_path / "cold")
    )


def put(area: TieredArea, key: str, content: bytes) -> None:
    spool = area.spool(near=key)
    spool.file.write(content)
    area.keep(spool, key)


def test_a_key_says_where_its_object_lies(both: TieredArea, tmp_path: Path) -> None:
    put(both, "aa/x", b"1")
    put(both, "cold/aa/y", b"22")
    assert (tmp_path / "main/aa/x").exists()
    assert (tmp_path / "cold/aa/y").exists()
    with both.open("cold/aa/y") as file:
        assert file.read() == b"22"
    assert both.size("aa/x") == 1
    both.delete("cold/aa/y")
    with pytest.raises(NoSuchObject):
        both.open("cold/aa/y")


def test_the_objects_of_both_are_listed_and_can_be_gone_on_with(both: TieredArea) -> None:
    keys = ["00/a", "d0/b", "cold/00/a", "cold/d0/c"]
    for key in keys:
        put(both, key, b"1")
    assert [found.key for found in both.objects()] == keys
    for number, key in enumerate(keys):
        assert [found.key for found in both.objects(after=key)] == keys[number + 1 :]


def test_a_folder_of_that_name_in_the_main_area_hides_nothing(
    both: TieredArea, tmp_path: Path
) -> None:
    put(both, "d0/b", b"1")
    (tmp_path / "main/cold").mkdir()
    (tmp_path / "main/cold/odd").write_bytes(b"?")
    assert [found.key for found in both.objects()] == ["d0/b"]


def test_an_object_keeps_its_area_when_it_is_renamed(both: TieredArea) -> None:
    put(both, "cold/a", b"1")
    both.rename("cold/a", "cold/b")
    assert both.size("cold/b") == 1
    with pytest.raises(NoSuchObject):
        both.rename("cold/b", "b")


def test_the_keys_of_one_object_in_both_tell_each_other() -> None:
    assert cold_key("aa/x") == cold_key("cold/aa/x") == "cold/aa/x"
    assert main_key("cold/aa/x") == main_key("aa/x") == "aa/x"


def test_the_settings_make_it(settings: Settings, tmp_path: Path) -> None:
    settings.HUB_STORAGE_URL = f"file://{tmp_path}/main"
    settings.HUB_COLD_STORAGE_URL = f"file://{tmp_path}/cold"
    assert isinstance(area(), TieredArea)
    settings.HUB_COLD_STORAGE_URL = ""
    assert isinstance(area(), FilesystemArea)


def test_spools_of_a_process_that_died_are_removed_after_a_day(
    settings: Settings, tmp_path: Path
) -> None:
    settings.HUB_STORAGE_URL = f"file://{tmp_path}/main"
    fresh, old = area().spool(), area().spool()
    long_ago = (clock.now() - timedelta(days=2)).timestamp()
    os.utime(old.path, (long_ago, long_ago))
    assert sweep_stale_spools() == 1
    assert (fresh.path.exists(), old.path.exists()) == (True, False)
    fresh.discard()
