"""A hub is copied while it runs, and such a copy is a hub again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from archive.documents.services import DocumentTarget, attach
from archive.keeping import services
from archive.models import Instance
from archive.storage.current import area as current_area
from archive.storage.filesystem import FilesystemArea
from pacs_hub.kernel.errors import Conflict
from pacs_hub.kernel.origin import Origin
from pacs_hub.processes import backup
from tests.support import files
from tests.support.builders import a_patient
from tests.support.datasets import ct_instance, ct_series
from tests.support.hub import PROJECT, hub_environment
from tests.support.stored import area_in, settle, store

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.sqlite_only,  # PostgreSQL has its own tools
]


@pytest.fixture
def area(tmp_path: Path, settings: Settings) -> FilesystemArea:
    """A home with an archive, a cold area and a secret."""
    settings.HUB_HOME = tmp_path / "home"
    made = area_in(tmp_path / "home/objects", settings)
    settings.HUB_COLD_STORAGE_URL = f"file://{tmp_path}/cold"
    (tmp_path / "home/secret-key").write_text("secret")
    (tmp_path / "home/secret-key").chmod(0o600)
    (tmp_path / "home/logs").mkdir()
    return made


def manage(home: Path, *words: str, code: int = 0, **settings: str) -> str:
    done = subprocess.run(
        [sys.executable, str(PROJECT / "manage.py"), *words],
        env=hub_environment(home, **settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_a_copy_of_a_hub_is_a_hub_again(area: FilesystemArea, tmp_path: Path) -> None:
    rows = store(*ct_series(3), area=area)
    settle()
    services.move_to_cold(
        study_id=rows[0].study_id, area=current_area(), origin=Origin(door="hub", actor="t")
    )
    store(ct_instance(), area=area)
    again = ct_instance(SOPInstanceUID=rows[0].sop_instance_uid)
    with pytest.raises(Conflict):
        store(again, area=area)
    call_command("hub_backup", str(tmp_path / "copy"))
    facts = json.loads((tmp_path / "copy/manifest.json").read_text())
    assert facts["missing"] == []
    assert not (tmp_path / "copy/home/logs").exists()

    home, cold = tmp_path / "new", f"file://{tmp_path}/new-cold"
    told = manage(home, "hub_restore", str(tmp_path / "copy"), HUB_COLD_STORAGE_URL=cold)
    assert "restored" in told
    assert (home / "secret-key").read_text() == "secret"
    assert (home / "secret-key").stat().st_mode & 0o777 == 0o600
    told = manage(home, "hub_verify", "--repair", HUB_COLD_STORAGE_URL=cold)
    assert "4 objects read back, 0 findings open" in told
    told = manage(home, "hub_restore", str(tmp_path / "copy"), code=1)
    assert "move it away first" in told


def test_a_second_backup_copies_what_is_new_and_forgets_what_was_deleted(
    area: FilesystemArea, tmp_path: Path
) -> None:
    gone, stays = store(ct_instance(), ct_instance(), area=area)
    backup.back_up(tmp_path / "copy")
    first = (tmp_path / "copy/objects" / stays.storage_key).stat()
    area.delete(gone.storage_key)
    gone.delete()
    (new,) = store(ct_instance(), area=area)
    assert backup.back_up(tmp_path / "copy").missing == []
    assert (tmp_path / "copy/objects" / stays.storage_key).stat().st_ino == first.st_ino
    assert (tmp_path / "copy/objects" / new.storage_key).exists()
    assert not (tmp_path / "copy/objects" / gone.storage_key).exists()


def test_what_was_healed_since_is_copied_again(area: FilesystemArea, tmp_path: Path) -> None:
    """The earlier backup took the damaged bytes, which are as long as the right ones."""
    (row,) = store(ct_instance(), area=area)
    path = area.path(row.storage_key)
    good = path.read_bytes()
    path.write_bytes(good[:-1] + b"\xff")
    os.utime(path, (1, 1))
    backup.back_up(tmp_path / "copy")
    path.write_bytes(good)
    backup.back_up(tmp_path / "copy")
    assert (tmp_path / "copy/objects" / row.storage_key).read_bytes() == good


def test_what_goes_while_the_backup_is_made_stays_in_it(
    area: FilesystemArea, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its database was copied before, and names the object under its old key."""
    (row,) = store(ct_instance(), area=area)
    backup.back_up(tmp_path / "copy")
    real = backup._forget_what_is_gone

    def forget(*args: Any) -> None:
        area.rename(row.storage_key, f".bin/{row.storage_key}")
        real(*args)

    monkeypatch.setattr(backup, "_forget_what_is_gone", forget)
    backup.back_up(tmp_path / "copy")
    assert (tmp_path / "copy/objects" / row.storage_key).exists()


def test_documents_are_copied_and_verified(area: FilesystemArea, tmp_path: Path) -> None:
    row = attach(
        content=[files.PDF],
        target=DocumentTarget(patient=a_patient(), study_instance_uid="1.2.3"),
        title="Letter",
        area=area,
        origin=Origin.over_http(user="nurse"),
        most_bytes=10**7,
    ).document
    assert row.storage_key.startswith(".documents/")
    backup.back_up(tmp_path / "copy")
    copy = tmp_path / "copy/objects" / row.storage_key
    assert copy.read_bytes() == files.PDF

    home, cold = tmp_path / "new", f"file://{tmp_path}/new-cold"
    manage(home, "hub_restore", str(tmp_path / "copy"), HUB_COLD_STORAGE_URL=cold)
    kept = home / "objects" / row.storage_key
    assert "0 findings open" in manage(home, "hub_verify", HUB_COLD_STORAGE_URL=cold)
    kept.write_bytes(b"%PDF-1.4 somebody wrote here")
    told = manage(home, "hub_verify", "--repair", code=1, HUB_COLD_STORAGE_URL=cold)
    assert f"open  damaged-object  {row.storage_key}" in told
    kept.unlink()
    told = manage(home, "hub_verify", "--repair", code=1, HUB_COLD_STORAGE_URL=cold)
    assert f"open  missing-object  {row.storage_key}" in told
    kept.write_bytes(files.PDF)
    assert "0 findings open" in manage(home, "hub_verify", HUB_COLD_STORAGE_URL=cold)


def test_objects_keep_their_time_so_that_a_rebuilt_index_knows_it(
    area: FilesystemArea, tmp_path: Path
) -> None:
    (row,) = store(ct_instance(), area=area)
    backup.back_up(tmp_path / "copy")
    copied = (tmp_path / "copy/objects" / row.storage_key).stat()
    assert copied.st_mtime == pytest.approx(area.path(row.storage_key).stat().st_mtime, abs=0.01)


def test_a_row_without_its_object_is_told(
    area: FilesystemArea, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (row,) = store(ct_instance(), area=area)
    area.delete(row.storage_key)
    with pytest.raises(CommandError):
        call_command("hub_backup", str(tmp_path / "copy"))
    assert f"missing  {row.storage_key}" in capsys.readouterr().out


@pytest.mark.parametrize("harm", ["unfinished", "changed", "empty"])
def test_what_is_no_whole_backup_is_not_restored(
    area: FilesystemArea, tmp_path: Path, harm: str
) -> None:
    backup.back_up(tmp_path / "copy")
    if harm == "changed":
        with (tmp_path / "copy/hub.sqlite3").open("ab") as file:
            file.write(b"x")
    else:
        (tmp_path / "copy/manifest.json").unlink()
    if harm == "empty":
        (tmp_path / "copy/manifest.json").write_text("{")
    with pytest.raises(backup.NoBackup):
        backup.restore(tmp_path / "copy")
    assert Instance.objects.count() == 0
