"""Objects in an S3 bucket: spooled on a local disk, uploaded whole, read in ranges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from archive.storage import spools
from archive.storage.area import NoSuchObject, Spool, StorageAway, StoredObject, aside_key
from archive.storage.ranged import RangedReader
from archive.storage.spools import FileSpool

PART_BYTES: Final = 8 * 1024 * 1024
PARTS_AT_ONCE: Final = 4
FIRST_BYTES: Final = 256 * 1024
RETRIES: Final = 2
PROBE_SECONDS: Final = 3.0
LIST_PAGE: Final = 1000
NOTHING_TO_RANGE_OVER: Final = "416 Range Not Satisfiable"
"""What S3 says of any range of an empty object (RFC 9110 15.5.17)."""

NO_BUCKET: Final = "NoSuchBucket"
"""How S3 tells a bucket that is missing from an object that is."""


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """Which bucket and how to reach it; no keys: the environment or the machine's own role."""

    name: str
    prefix: str = ""
    endpoint: str = ""
    timeout_seconds: float = 20
    keys: Mapping[str, str] = field(default_factory=dict)


class S3Area:
    """A storage area in one bucket. Spools lie in a local folder.

    Nothing has to be synced here: the store's acknowledgement is what makes an object kept, and
    until then its sender was promised nothing.
    """

    def __init__(self, bucket: Bucket, *, spool_folder: Path) -> None:
        self._spools = spool_folder
        spool_folder.mkdir(parents=True, exist_ok=True)
        self._store = _store(bucket, seconds=bucket.timeout_seconds, retries=RETRIES)
        self._probe = _store(bucket, seconds=min(bucket.timeout_seconds, PROBE_SECONDS), retries=0)

    def spool(self, *, near: str = "") -> FileSpool:  # noqa: ARG002 - one folder for all keys
        """Open a fresh spool on the local disk.

        Raises:
            DiskRefused: less than the reserve is free, or the disk says no.
        """
        return spools.open_spool(self._spools)

    def keep(self, spool: Spool, key: str) -> None:
        """Upload the spool as `key`, in parts where it is big, and look that it is all there.

        Raises:
            StorageAway: the store refused or did not answer; the spool is left as it was.
        """
        size = spool.path.stat().st_size
        spool.file.seek(0)
        with _told():
            if size <= PART_BYTES:
                obstore.put(self._store, key, spool.file.read(), use_multipart=False)
            else:
                obstore.put(
                    self._store,
                    key,
                    spool.path,
                    chunk_size=PART_BYTES,
                    max_concurrency=PARTS_AT_ONCE,
                )
            kept = obstore.head(self._store, key)["size"]
        if kept != size:
            raise StorageAway("the object store kept less than it was sent")
        spool.discard()

    def set_aside(self, spool: Spool) -> str:
        """Upload the spool under a name of its own."""
        key = aside_key()
        self.keep(spool, key)
        return key

    def open(self, key: str) -> BinaryIO:
        """Open object `key`: the one request that says how long it is brings its beginning."""
        with _told():
            try:
                first = obstore.get(self._store, key, options={"range": (0, FIRST_BYTES)})
                size, head = first.meta["size"], bytes(first.bytes())
            except BaseError as error:
                if NOTHING_TO_RANGE_OVER not in str(error):
                    raise
                size, head = 0, b""
        return cast(BinaryIO, RangedReader(self._fetch(key), size=size, head=head))

    def size(self, key: str) -> int:
        """Return the bytes of object `key`."""
        with _told():
            return obstore.head(self._store, key)["size"]

    def objects(self, *, after: str = "") -> Iterator[StoredObject]:
        """Yield every object in the order of its key, a page in memory at a time."""
        with _told():
            pages = obstore.list(self._store, offset=after or None, chunk_size=LIST_PAGE)
        while True:
            with _told():
                page = next(pages, None)
            if page is None:
                return
            for found in page:
                if not found["path"].startswith("."):
                    yield StoredObject(
                        key=found["path"], size=found["size"], kept_at=found["last_modified"]
                    )

    def rename(self, key: str, new_key: str) -> None:
        """Copy within the bucket, then remove the old name."""
        with _told():
            obstore.copy(self._store, key, new_key)
            obstore.delete(self._store, key)

    def delete(self, key: str) -> None:
        """Remove object `key`."""
        with _told():
            try:
                obstore.delete(self._store, key)
            except FileNotFoundError:
                return

    def free_bytes(self) -> int | None:
        """Return None: a bucket has no end."""
        return None

    def sweep_spools(self, *, older_than: datetime) -> int:
        """Remove spools nobody wrote to since."""
        return spools.sweep(self._spools, older_than=older_than)

    def check(self) -> None:
        """Ask the bucket for its first page, once and not for long: health is asked for often."""
        with _told():
            next(obstore.list(self._probe, chunk_size=1), None)

    def _fetch(self, key: str) -> Any:
        def fetch(start: int, length: int) -> bytes:
            with _told():
                return bytes(obstore.get_range(self._store, key, start=start, length=length))

        return fetch


def _store(bucket: Bucket, *, seconds: float, retries: int) -> S3Store:
    timeout = timedelta(seconds=seconds)
    options: dict[str, Any] = {"endpoint": bucket.endpoint} if bucket.endpoint else {}
    return S3Store(
        bucket.name,
        prefix=bucket.prefix or None,
        virtual_hosted_style_request=not bucket.endpoint,
        checksum_algorithm="sha256",
        client_options={
            "allow_http": bucket.endpoint.startswith("http://"),
            "timeout": timeout,
            "connect_timeout": min(timeout, timedelta(seconds=5)),
        },
        retry_config={
            "max_retries": retries,
            "retry_timeout": timeout * (retries + 1),
            "backoff": {
                "init_backoff": timedelta(milliseconds=100),
                "max_backoff": timedelta(seconds=2),
                "base": 3,
            },
        },
        **{**bucket.keys, **options},
    )


@contextmanager
def _told() -> Iterator[None]:
    """Say what the store's errors mean to us; addresses and keys stay out of the words."""
    try:
        yield
    except FileNotFoundError as error:
        if NO_BUCKET in str(error):
            raise StorageAway("the object store has no such bucket") from error
        raise NoSuchObject("that object is not stored here") from error
    except (BaseError, OSError, ValueError) as error:
        raise StorageAway("the object store does not answer as it should") from error
