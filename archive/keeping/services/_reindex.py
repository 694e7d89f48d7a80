"""Rebuild the index from the stored objects alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Final

from django.db import transaction
from django.db.models import Max, Min

from archive.keeping.in_place import file_in_place
from archive.keeping.inspecting import Inspected, Unreadable, inspect
from archive.keeping.models import Discarded
from archive.keeping.services._discards import removed_by_rule
from archive.keeping.services._verify import without_row
from archive.storage.area import StorageArea, StoredObject
from archive.storage.tiers import COLD
from archive.store import completion
from archive.store.models import Instance, Study, Tier
from pacs_hub.kernel.errors import Conflict, Malformed, Unknown

PAGE: Final = 200
READERS: Final = 4
COUNTED_AT_ONCE: Final = 500
COPIED_AT_ONCE: Final = 1024**3  # what lies elsewhere is copied to the local disk to be read


@dataclass(kw_only=True)
class Reindexed:
    """What a rebuild has seen so far. `aside` are objects that cannot be filed."""

    objects: int = 0
    filed: int = 0
    known: int = 0
    aside: int = 0
    bytes: int = 0
    studies: set[str] = field(default_factory=set)


def reindex(
    *, area: StorageArea, default_issuer: str, tell: Callable[[Reindexed], None]
) -> Reindexed:
    """File every stored object that has no row, without telling anybody as if it were news.

    Rows that are there stay as they are, and so do the links of their studies. A study gets its
    time from its files, its caller from (0002,0016). May be stopped and started again.

    Raises:
        Unavailable: the store or the database is away.
    """
    done = Reindexed()
    objects = area.objects()
    with ThreadPoolExecutor(READERS, thread_name_prefix="reindex") as readers:
        while page := list(islice(objects, PAGE)):
            unknown = _unknown(page)
            done.objects += len(page)
            done.known += len(page) - len(unknown)
            for some in _portions(unknown):
                _file_all(
                    list(readers.map(partial(_inspected, area=area), some)),
                    done,
                    area,
                    default_issuer,
                )
            tell(done)
            if len(done.studies) >= COUNTED_AT_ONCE:
                _count(done.studies)
    _count(done.studies)
    return done


def _portions(found: list[StoredObject]) -> Iterator[list[StoredObject]]:
    """Yield objects that may lie on the local disk together, where they are copied there."""
    some: list[StoredObject] = []
    size = 0
    for each in found:
        if some and size + each.size > COPIED_AT_ONCE:
            yield some
            some, size = [], 0
        some.append(each)
        size += each.size
    if some:
        yield some


def _unknown(page: list[StoredObject]) -> list[StoredObject]:
    """Return what has no row and is not about to be removed."""
    found = without_row(page)
    keys = [each.key for each in found]
    going = set(Discarded.objects.filter(key__in=keys).values_list("key", flat=True))
    return [each for each in found if each.key not in going]


def _inspected(found: StoredObject, *, area: StorageArea) -> Inspected | None:
    try:
        return inspect(found, area=area)
    except (Unknown, Unreadable):  # removed while we walked, or for verification to tell of
        return None


def _file_all(
    read: list[Inspected | None], done: Reindexed, area: StorageArea, default_issuer: str
) -> None:
    """File what was read, in one transaction, and set aside afterwards what cannot be filed."""
    here = [each for each in read if each is not None]
    gone = removed_by_rule(each.found for each in here)
    try:
        with transaction.atomic():
            odd = [
                each
                for each in here
                if each.found.key not in gone and not _is_filed(each, done, area, default_issuer)
            ]
        for each in odd:
            with suppress(Malformed, Conflict):
                file_in_place(each, area=area, default_issuer=default_issuer, is_news=False)
            done.aside += 1
    finally:
        for each in here:
            each.discard()


def _is_filed(each: Inspected, done: Reindexed, area: StorageArea, default_issuer: str) -> bool:
    done.bytes += each.digest.size
    try:
        with transaction.atomic():
            stored = file_in_place(
                each, area=area, default_issuer=default_issuer, is_news=False, sets_aside=False
            )
    except (Malformed, Conflict):
        return False
    if stored.outcome == "stored":
        done.filed += 1
        done.studies.add(stored.study_instance_uid)
    else:
        done.known += 1
    return True


def _count(uids: set[str]) -> None:
    """Bring the counts and times of these studies up to date, and forget that they changed."""
    for uid in uids:
        with transaction.atomic():
            study = Study.objects.select_for_update().filter(study_instance_uid=uid).first()
            if study is None:
                continue
            times = Instance.objects.filter(study=study).aggregate(
                first=Min("received_at"), last=Max("received_at")
            )
            if times["first"] is None:  # it went while we counted others
                continue
            completion.recount(study)
            study.first_received_at = min(study.first_received_at, times["first"])
            study.last_received_at = max(study.last_received_at, times["last"])
            study.tier = tier_of(study.pk)
            study.save()
    uids.clear()


def tier_of(study_id: int) -> str:
    """Return where a study lies: in the cold area only when none of it is in the main one."""
    rows = Instance.objects.filter(study_id=study_id)
    warm = rows.exclude(storage_key__startswith=COLD).exists()
    return Tier.MAIN if warm or not rows.exists() else Tier.COLD
