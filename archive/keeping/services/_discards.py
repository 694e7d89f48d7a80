"""Remove bytes that no row names any more, so that nothing can be lost by it.

An object may be sent again, or called back, under the key its old bytes still have. So they are
first renamed out of the way, and removed only later, when nobody has asked for them. Until then
whoever began to read under the old key can finish.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Final

from archive.keeping.models import Discarded
from archive.storage.area import NoSuchObject, StorageArea
from archive.store.models import Instance
from pacs_hub.kernel import clock

BIN: Final = ".bin/"
GRACE: Final = timedelta(minutes=15)


def discard(objects: Iterable[tuple[str, int]]) -> None:
    """Note keys and sizes of bytes to be removed, in the transaction that takes their rows."""
    now = clock.now()
    Discarded.objects.bulk_create(
        [Discarded(key=key, size=size, at=now) for key, size in objects], batch_size=500
    )


def remove_discarded(*, area: StorageArea, limit: int) -> int:
    """Take the next step with up to `limit` discarded objects; returns how many are gone.

    Raises:
        Unavailable: the store is away; the next sweep goes on.
    """
    before = clock.now() - GRACE
    for row in list(Discarded.objects.filter(binned_at=None, at__lt=before)[:limit]):
        if _is_wanted(row.key):
            row.delete()
            continue
        with suppress(NoSuchObject):  # gone, or a crash came between the rename and the row
            area.rename(row.key, bin_key(row.key))
        Discarded.objects.filter(pk=row.pk).update(binned_at=clock.now())
    gone = 0
    for row in list(Discarded.objects.filter(binned_at__lt=before)[:limit]):
        if _is_wanted(row.key) and _is_missing(row.key, area):
            area.rename(bin_key(row.key), row.key)  # sent again at the moment it was renamed
        else:
            area.delete(bin_key(row.key))
            gone += 1
        row.delete()
    return gone


def bin_key(key: str) -> str:
    """Return where discarded bytes wait for their end, in the same area."""
    return f"cold/{BIN}{key.removeprefix('cold/')}" if key.startswith("cold/") else BIN + key


def _is_wanted(key: str) -> bool:
    uid = key.rpartition("/")[2].partition("-")[0]
    return Instance.objects.filter(sop_instance_uid=uid, storage_key=key).exists()


def _is_missing(key: str, area: StorageArea) -> bool:
    try:
        area.size(key)
    except NoSuchObject:
        return True
    return False
