"""Whether there is room for one more object: free space of the disk, and quotas."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from django.db import DatabaseError
from django.db.models import Max, Q, Sum

from archive.storage.area import StorageArea
from archive.store.models import Instance, KeptAside
from archive.store.queries import policies_for
from pacs_hub.kernel.errors import Unavailable
from pacs_hub.kernel.origin import Origin

logger = logging.getLogger(__name__)

LOOK_AT_DISK_SECONDS: Final = 0.5
COUNT_SECONDS: Final = 30.0  # between two looks at what others added
COUNT_ALL_SECONDS: Final = 3600.0  # a whole count reads every row, and learns what was deleted
EVERYBODY: Final = ""


class DiskFull(Unavailable):
    """Less is free than the site keeps in reserve."""

    code = "disk-full"


class QuotaReached(Unavailable):
    """The archive, or this peer, has what the site file grants."""

    code = "quota-reached"


class DatabaseAway(Unavailable):
    """The database does not answer."""

    code = "database-away"


@dataclass(slots=True)
class _Usage:
    """Bytes used by all or by one peer: rows up to `last_row`, and what we added since."""

    counted_at: float  # all of it
    until: float = 0.0
    last_row: int = 0
    filed: int = 0
    aside: int = 0
    since: int = 0

    @property
    def bytes(self) -> int:
        return self.filed + self.aside + self.since


_free: WeakKeyDictionary[StorageArea, tuple[float, int | None]] = WeakKeyDictionary()
_used: dict[str, _Usage] = {}


def check_room(*, area: StorageArea, origin: Origin, size: int = 0) -> None:
    """Refuse an object before its data set is read, and again while it grows to `size`.

    Raises:
        DiskFull: less is free than the reserve.
        QuotaReached: a quota of the site file is reached.
        DatabaseAway: nobody can say now; the object could not be filed either.
    """
    try:
        _check_room(area, origin, size)
    except DatabaseError as error:
        logger.error("archive.room.database_away", exc_info=error)
        raise DatabaseAway("the database is not available") from error


def _check_room(area: StorageArea, origin: Origin, size: int) -> None:
    policies = policies_for(origin)
    if policies.reserve:
        free = _free_bytes(area)
        if free is not None and free < policies.reserve:
            _free.pop(area, None)
            raise DiskFull("the archive's disk is full")
    if policies.quota and _is_reached(policies.quota, EVERYBODY, size):
        raise QuotaReached("the archive has reached its quota")
    if policies.peer_quota and _is_reached(policies.peer_quota, origin.actor, size):
        raise QuotaReached(f"{origin.actor} has reached its quota")


def count_in(*, origin: Origin, size: int) -> None:
    """Add an object that was taken to what is known to be used."""
    for who in (EVERYBODY, origin.actor):
        if (usage := _used.get(who)) is not None:
            usage.since += size


def forget_room() -> None:
    """Look again at the next object."""
    _free.clear()
    _used.clear()


def _free_bytes(area: StorageArea) -> int | None:
    until, free = _free.get(area, (0.0, None))
    now = time.monotonic()
    if now >= until:
        free = area.free_bytes()
        _free[area] = (now + LOOK_AT_DISK_SECONDS, free)
    return free


def _is_reached(quota: int, who: str, size: int) -> bool:
    """Say so only after a whole count: something may have been deleted since the last one."""
    if _used_bytes(who, whole_after=COUNT_ALL_SECONDS) + size < quota:
        return False
    return _used_bytes(who, whole_after=COUNT_SECONDS) + size >= quota


def _used_bytes(who: str, *, whole_after: float) -> int:
    usage, now = _used.get(who), time.monotonic()
    if usage is None or now - usage.counted_at >= whole_after:
        usage = _Usage(counted_at=now)
    if now >= usage.until:
        usage = _counted_on(usage, Q(calling_ae=who) if who else Q(), until=now + COUNT_SECONDS)
        _used[who] = usage
    return usage.bytes


def _counted_on(usage: _Usage, theirs: Q, *, until: float) -> _Usage:
    """Return it with the rows behind the last one that was counted.

    It is a new one each time: associations that look at once must not add the same rows twice.
    """
    last = Instance.objects.aggregate(last=Max("pk"))["last"] or 0
    new = Instance.objects.filter(theirs, pk__gt=usage.last_row, pk__lte=last)
    aside = KeptAside.objects.filter(theirs, settled_at__isnull=True).exclude(storage_key="")
    return _Usage(
        counted_at=usage.counted_at,
        until=until,
        last_row=last,
        filed=usage.filed + (new.aggregate(sum=Sum("size"))["sum"] or 0),
        aside=aside.aggregate(sum=Sum("size"))["sum"] or 0,
    )
