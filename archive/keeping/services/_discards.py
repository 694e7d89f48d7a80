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

from django.db.models import Max

from archive.keeping.models import Discarded, Tombstone
from archive.storage.area import NoSuchObject, StorageArea, StoredObject
from archive.storage.layout import sop_instance_uid_in, study_instance_uid_in
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
        _bring_back(row.key, area)  # where it was sent again at the moment it was renamed
        Discarded.objects.filter(pk=row.pk).update(binned_at=clock.now())
    gone = 0
    for row in list(Discarded.objects.filter(binned_at__lt=before)[:limit]):
        if not _bring_back(row.key, area):
            area.delete(bin_key(row.key))
            gone += 1
        row.delete()
    return gone


def removed_by_rule(objects: Iterable[StoredObject]) -> set[str]:
    """Return the keys of objects without a row that are left of studies a rule removed.

    A copy that was being moved when its study went, or a name that a power cut brought back. They
    must not come back by themselves; what was sent again is younger than the tombstone.
    """
    found = {each.key: each for each in objects}
    studies = {key: study_instance_uid_in(key) for key in found}
    stones = Tombstone.objects.filter(study_instance_uid__in=set(studies.values()))
    last = dict(
        stones.values_list("study_instance_uid")
        .annotate(last=Max("deleted_at"))
        .values_list("study_instance_uid", "last")
    )
    return {key for key, uid in studies.items() if uid in last and last[uid] >= found[key].kept_at}


def bin_key(key: str) -> str:
    """Return where discarded bytes wait for their end, in the same area."""
    return f"cold/{BIN}{key.removeprefix('cold/')}" if key.startswith("cold/") else BIN + key


def _bring_back(key: str, area: StorageArea) -> bool:
    """Rename an object back that somebody wants after all; says whether that was so."""
    if not _is_wanted(key) or not _is_missing(key, area):
        return False
    with suppress(NoSuchObject):  # neither here nor there: verification tells of it
        area.rename(bin_key(key), key)
    return True


def _is_wanted(key: str) -> bool:
    uid = sop_instance_uid_in(key)
    return Instance.objects.filter(sop_instance_uid=uid, storage_key=key).exists()


def _is_missing(key: str, area: StorageArea) -> bool:
    try:
        area.size(key)
    except NoSuchObject:
        return True
    return False
