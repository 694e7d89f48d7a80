"""Watched folders: files a peer drops, each taken once, in the order they came.

A file that nobody wrote to for `SETTLED_SECONDS` is moved to `taken`, its messages are kept and
applied like those of a connection, their acknowledgements are written to `answers`, and the file
goes to `done`, or to `failed` where a message was refused. After a crash a file is taken again
from `taken`: what was applied before is answered, not applied twice.
"""

from __future__ import annotations

import fcntl
import itertools
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from integrations.hl7.inbox import admission, batches, queries, recovery, rules
from pacs_hub.access.models import Hl7Peer
from pacs_hub.access.queries import hl7_folders
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Unavailable

logger = logging.getLogger(__name__)

SETTLED_SECONDS: Final = 2.0
READ_BYTES: Final = 262_144
BATCH: Final = 500
KEPT_DAYS: Final = 30
TAKEN, DONE, FAILED, ANSWERS = PARTS = ("taken", "done", "failed", "answers")
UNFINISHED: Final = (".tmp", ".part", ".partial", ".filepart")
"""Endings that senders give to a file they still write; names that begin with a dot as well."""


class FolderAway(Unavailable):
    """The folder is not there, or may not be read and written."""

    code = "folder-away"


@dataclass(frozen=True)
class Look:
    """What a folder looks like to a person: what is wrong, what waits, what failed."""

    trouble: str
    waiting: int
    failed: int


def look(peer: Hl7Peer) -> Look:
    """Say how the folder of `peer` is."""
    try:
        folder = _opened(peer)
        waiting = sum(1 for _ in _files(folder)) + sum(1 for _ in _files(folder / TAKEN))
        return Look("", waiting, sum(1 for _ in _files(folder / FAILED)))
    except FolderAway as error:
        return Look(error.text, 0, 0)


def take_due(*, routes: rules.Routes) -> int:
    """Take every file that is due, folder by folder, and return how many.

    A folder that somebody else is at is left alone; one that is away does not stop the others.
    """
    taken = 0
    for peer in hl7_folders():
        try:
            with _held(_opened(peer)) as folder:
                taken += _take_all(folder, peer, routes) if folder else 0
        except (FolderAway, OSError) as error:
            reason = error.text if isinstance(error, FolderAway) else error.strerror
            logger.warning("hl7.folder.away", extra={"peer": peer.name, "reason": reason})
    return taken


def _opened(peer: Hl7Peer) -> Path:
    folder = Path(str(peer.options["folder"]))
    if not folder.is_dir():
        raise FolderAway("the folder is not there")
    try:
        for part in PARTS:
            (folder / part).mkdir(exist_ok=True)
    except OSError as error:
        raise FolderAway(f"the folder cannot be written to: {error.strerror}") from error
    return folder


@contextmanager
def _held(folder: Path) -> Iterator[Path | None]:
    """Hold the folder against other workers; None where one has it."""
    with (folder / TAKEN / ".lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield folder


def _files(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            unfinished = entry.name.startswith(".") or entry.name.lower().endswith(UNFINISHED)
            if not unfinished and entry.is_file(follow_symlinks=False):
                yield entry


def _take_all(folder: Path, peer: Hl7Peer, routes: rules.Routes) -> int:
    left_behind = sorted(entry.name for entry in _files(folder / TAKEN))
    for name in left_behind:
        _take(folder, name, peer, routes)
    before = time.time() - SETTLED_SECONDS
    seen = sorted((entry.stat().st_mtime, entry.name) for entry in _files(folder))
    settled = [name for written_at, name in seen if written_at <= before]
    for number, name in enumerate(settled):
        moved = f"{clock.now():%Y%m%dT%H%M%S%f}-{number:05}-{name}"
        (folder / name).rename(folder / TAKEN / moved)
        _take(folder, moved, peer, routes)
    _forget_old(folder)
    return len(left_behind) + len(settled)


def _take(folder: Path, name: str, peer: Hl7Peer, routes: rules.Routes) -> None:
    draft = folder / ANSWERS / f".{name}.ack"
    with _read_only(folder / TAKEN / name) as file, draft.open("wb") as answers:
        receipts = batches.receive(
            chunks=iter(lambda: file.read(READ_BYTES), b""),
            write=answers.write,
            address=f"{admission.FOLDER}{peer.name}",
            routes=routes,
        )
        messages = refused = 0
        while ids := [receipt.message_id for receipt in itertools.islice(receipts, BATCH)]:
            recovery.record_delivery(message_ids=ids, delivered=True)
            messages += len(ids)
            refused += queries.refused_among(ids)
        answers.flush()
        os.fsync(answers.fileno())
    draft.rename(folder / ANSWERS / f"{name}.ack")
    (folder / TAKEN / name).rename(folder / (FAILED if refused or not messages else DONE) / name)
    counts = {"peer": peer.name, "messages": messages, "refused": refused}
    logger.info("hl7.folder.file.taken", extra=counts)


def _read_only(path: Path) -> BinaryIO:
    """Open a file that is no link: who may write into the folder may not read through us."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb")


def _forget_old(folder: Path) -> None:
    before = time.time() - KEPT_DAYS * 86_400
    for part in (DONE, ANSWERS):
        for entry in list(_files(folder / part)):
            if entry.stat().st_mtime < before:
                Path(entry.path).unlink()
