"""Rebuild the index from the stored objects alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from django.db import transaction
from django.db.models import Max, Min

from archive.keeping.in_place import file_in_place
from archive.keeping.inspecting import Inspected, inspect
from archive.storage.area import StorageArea, StoredObject
from archive.storage.tiers import COLD
from archive.store import completion
from archive.store.models import Instance, Study, Tier
from pacs_hub.kernel.errors import Conflict, Malformed, Unknown

PAGE: Final = 200
READERS: Final = 4
COUNTED_AT_ONCE: Final = 500


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
            unknown = _without_row(page)
            read = [readers.submit(_inspected, found, area) for found in unknown]
            done.objects += len(page)
            done.known += len(page) - len(unknown)
            with transaction.atomic():
                for each in read:
                    _file(each.result(), done, area, default_issuer)
            tell(done)
            if len(done.studies) >= COUNTED_AT_ONCE:
                _count(done.studies)
    _count(done.studies)
    return done


def _without_row(page: list[StoredObject]) -> list[StoredObject]:
    uids = {found.key: sop_instance_uid_in(found.key) for found in page}
    rows = Instance.objects.filter(sop_instance_uid__in=set(uids.values()))
    known = set(rows.values_list("storage_key", flat=True))
    return [found for found in page if found.key not in known]


def sop_instance_uid_in(key: str) -> str:
    """Return the SOP Instance UID in the name of an object (archive/storage/layout.py)."""
    return key.rpartition("/")[2].partition("-")[0]


def _inspected(found: StoredObject, area: StorageArea) -> Inspected | None:
    try:
        return inspect(found, area=area)
    except Unknown:  # removed while we walked
        return None


def _file(
    inspected: Inspected | None, done: Reindexed, area: StorageArea, default_issuer: str
) -> None:
    if inspected is None:
        return
    done.bytes += inspected.digest.size
    with transaction.atomic():
        try:
            stored = file_in_place(
                inspected, area=area, default_issuer=default_issuer, is_news=False
            )
        except (Malformed, Conflict):  # set aside, with a row of its own that must stay
            done.aside += 1
            return
    if stored.outcome == "stored":
        done.filed += 1
        done.studies.add(stored.study_instance_uid)
    else:
        done.known += 1


def _count(uids: set[str]) -> None:
    """Bring the counts and times of these studies up to date, and forget that they changed."""
    for study in _studies(uids):
        with transaction.atomic():
            times = Instance.objects.filter(study=study).aggregate(
                first=Min("received_at"), last=Max("received_at")
            )
            completion.recount(study)
            study.first_received_at = min(study.first_received_at, times["first"])
            study.last_received_at = max(study.last_received_at, times["last"])
            study.tier = tier_of(study.pk)
            study.save()
    uids.clear()


def _studies(uids: set[str]) -> Iterator[Study]:
    yield from list(Study.objects.filter(study_instance_uid__in=uids))


def tier_of(study_id: int) -> str:
    """Return where a study lies: in the cold area only when none of it is in the main one."""
    rows = Instance.objects.filter(study_id=study_id)
    warm = rows.exclude(storage_key__startswith=COLD).exists()
    return Tier.MAIN if warm or not rows.exists() else Tier.COLD
