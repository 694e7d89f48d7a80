"""Copy a running embedded hub to a folder, consistently, and make a hub of such a copy again.

Objects are copied first, then the database in one step, then the objects that came in between. An
object is on disk before its row and is never changed, so every row of the copy finds its object.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from django.conf import settings

from archive.storage.layout import sop_instance_uid_in
from archive.storage.tiers import COLD
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict, Malformed
from pacs_hub.processes.startup import own_home

DATABASE: Final = "hub.sqlite3"
MANIFEST: Final = "manifest.json"
HOME: Final = "home"
PART: Final = ".part"
BIN: Final = ".bin"
NOT_COPIED: Final = frozenset({".spool", BIN})
OF_THE_RUNNING_HUB: Final = frozenset({"hub.lock", "logs", "run", "spool"})
_KEYS: Final = (
    "SELECT storage_key, size FROM archive_instance"
    " UNION ALL SELECT storage_key, size FROM archive_document WHERE storage_key <> ''"
    " UNION ALL SELECT storage_key, size FROM archive_keptaside"
    " WHERE storage_key <> '' AND settled_at IS NULL"
)
_NAMED: Final = (
    "SELECT 1 FROM archive_instance WHERE sop_instance_uid = :uid AND storage_key = :key"
    " UNION ALL SELECT 1 FROM archive_document WHERE storage_key = :key"
    " UNION ALL SELECT 1 FROM archive_keptaside WHERE storage_key = :key AND settled_at IS NULL"
)
SAME_TIME_SECONDS: Final = 2.0  # as exactly as the coarsest file system keeps it


class NotEmbedded(Conflict):
    """The database is PostgreSQL: it has its own tools."""

    code = "not-embedded"


class HomeTaken(Conflict):
    """There is a hub in HUB_HOME already."""

    code = "home-taken"


class NoBackup(Malformed):
    """The folder holds no backup that was finished, or its database was changed since."""

    code = "no-backup"


@dataclass(kw_only=True)
class Copied:
    """What was done. `missing` are keys of rows whose bytes were nowhere."""

    objects: int = 0
    bytes: int = 0
    missing: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)


def back_up(target: Path) -> Copied:
    """Copy the hub to `target`; what is there from an earlier backup is not copied again.

    Raises:
        NotEmbedded: the database is not SQLite.
    """
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    (target / MANIFEST).unlink(missing_ok=True)
    database = _database()
    folders = _folders()
    done = Copied(elsewhere=_elsewhere())
    for name, folder in folders.items():
        for path in _files(folder):
            _copy(path, target / name / path.relative_to(folder), done)
    part = target / (DATABASE + PART)
    part.unlink(missing_ok=True)
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(part)) as copy:
        source.backup(copy, pages=-1)
    for key, size in _stored(part):
        _copy_late(key, size, folders, target, done)
    with closing(sqlite3.connect(part)) as copy:
        _forget_what_is_gone(folders, target, copy)
    _copy_home(target / HOME, skip={database, *folders.values()})
    part.replace(target / DATABASE)
    os.sync()
    _write_manifest(target, done)
    return done


def restore(source: Path) -> Copied:
    """Make the backup in `source` the hub of HUB_HOME, which must not hold one.

    Raises:
        NoBackup: there is no finished backup.
        NotEmbedded: the database is not SQLite.
        HomeTaken: there is a database already.
        CannotStart: a hub runs in HUB_HOME.
    """
    database = _database()
    manifest = _manifest(source)
    if _digest(source / DATABASE) != manifest.get("database_sha256"):
        raise NoBackup("the database of the backup was changed since it was made")
    with own_home(settings.HUB_HOME):
        if database.exists():
            raise HomeTaken(f"{database} is there; move it away first")
        done = Copied(elsewhere=_elsewhere())
        folders = _folders()
        for name, folder in folders.items():
            for path in _files(source / name):
                _copy(path, folder / path.relative_to(source / name), done)
        shutil.copytree(source / HOME, settings.HUB_HOME, dirs_exist_ok=True)
        part = database.with_name(database.name + PART)
        shutil.copyfile(source / DATABASE, part)
        for key, size in _stored(part):
            name, path = _place(key)
            if name in folders and not _is_there(folders[name] / path, size):
                done.missing.append(key)
        os.sync()
        part.replace(database)
    return done


def _database() -> Path:
    facts = settings.DATABASES["default"]
    if not str(facts["ENGINE"]).endswith("sqlite3"):
        raise NotEmbedded("the database is PostgreSQL; use pg_dump and pg_restore for it")
    return Path(str(facts["NAME"]))


def _folders() -> dict[str, Path]:
    """Return the areas that are folders, by their name in a backup."""
    urls = {"objects": settings.HUB_STORAGE_URL, "cold": settings.HUB_COLD_STORAGE_URL}
    parts = {name: urlsplit(url) for name, url in urls.items() if url}
    return {n: Path(unquote(p.path)) for n, p in parts.items() if p.scheme == "file"}


def _elsewhere() -> list[str]:
    urls = (settings.HUB_STORAGE_URL, settings.HUB_COLD_STORAGE_URL)
    return [url for url in urls if url.startswith("s3://")]


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in NOT_COPIED)
        for name in sorted(names):
            if not name.endswith(PART):
                yield Path(place) / name


def _copy(path: Path, to: Path, done: Copied) -> bool:
    """Copy a file under its name only once it is whole; False where it is gone.

    One of the same size and another time was restored here since, and is copied again.
    """
    try:
        facts = path.stat()
        size = facts.st_size
        if not _is_there(to, size) or abs(to.stat().st_mtime - facts.st_mtime) > SAME_TIME_SECONDS:
            to.parent.mkdir(parents=True, exist_ok=True)
            part = to.with_name(to.name + PART)
            shutil.copyfile(path, part)
            shutil.copystat(path, part)  # a rebuilt index takes the time of arrival from it
            part.replace(to)
    except FileNotFoundError:
        return False
    done.objects += 1
    done.bytes += size
    return True


def _copy_late(key: str, size: int, folders: dict[str, Path], target: Path, done: Copied) -> None:
    """Copy what a row of the copied database names and the first walk did not see."""
    name, path = _place(key)
    if name not in folders or _is_there(target / name / path, size):
        return
    to = target / name / path
    if not any(_copy(folders[name] / each, to, done) for each in (path, Path(BIN) / path)):
        done.missing.append(key)


def _forget_what_is_gone(
    folders: dict[str, Path], target: Path, database: sqlite3.Connection
) -> None:
    """Remove from an earlier backup what was deleted here since: it must not come back.

    What went after the database was copied stays: the copy still names it.
    """
    for name, folder in folders.items():
        for path in _files(target / name):
            place = path.relative_to(target / name)
            if not (folder / place).exists() and not _is_named(place, name, database):
                path.unlink()


def _is_named(place: Path, area: str, database: sqlite3.Connection) -> bool:
    key = f"{COLD}{place}" if area == "cold" else str(place)
    names = {"key": key, "uid": sop_instance_uid_in(str(place))}
    return database.execute(_NAMED, names).fetchone() is not None


def _place(key: str) -> tuple[str, Path]:
    """Return the area of a key, by its name in a backup, and the path in it."""
    return (
        ("cold", Path(key.removeprefix(COLD))) if key.startswith(COLD) else ("objects", Path(key))
    )


def _is_there(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def _stored(database: Path) -> Iterator[tuple[str, int]]:
    with closing(sqlite3.connect(database)) as connection:
        yield from connection.execute(_KEYS)


def _copy_home(target: Path, *, skip: set[Path]) -> None:
    """Copy what else lies in the home: secrets above all, with their modes."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(mode=0o700)
    names = {path.name for path in skip if path.parent == settings.HUB_HOME}
    for path in sorted(Path(settings.HUB_HOME).iterdir()):
        if path.name in names | OF_THE_RUNNING_HUB or path.name.startswith(DATABASE):
            continue
        if path.is_dir():
            shutil.copytree(path, target / path.name)
        elif path.is_file():
            shutil.copy2(path, target / path.name)


def _write_manifest(target: Path, done: Copied) -> None:
    facts = {
        "made_at": clock.now().isoformat(),
        "objects": done.objects,
        "bytes": done.bytes,
        "missing": done.missing,
        "objects_elsewhere": done.elsewhere,
        "database_sha256": _digest(target / DATABASE),
    }
    part = target / (MANIFEST + PART)
    with part.open("w", encoding="utf-8") as file:
        json.dump(facts, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    part.replace(target / MANIFEST)


def _manifest(source: Path) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = json.loads((source / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NoBackup(f"{source} holds no finished backup") from error
    return facts


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
