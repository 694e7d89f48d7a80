"""Whether there is room for one more object: free space of the disk, and quotas."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from django.db import DatabaseError
from django.db.models import Q, Sum

from archive.storage.area import StorageArea
from archive.store.models import Instance, KeptAside
from archive.store.queries import policies_for
from pacs_hub.kernel.errors import Unavailable
from pacs_hub.kernel.origin import Origin

logger = logging.getLogger(__name__)

LOOK_AT_DISK_SECONDS: Final = 0.5
COUNT_SECONDS: Final = 30.0  # a count reads the size of every object once
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
    """Bytes used by all or by one peer: counted at a moment, and what this process added since."""

    until: float
    used: int


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
    if policies.quota and _used_bytes(EVERYBODY) + size >= policies.quota:
        raise QuotaReached("the archive has reached its quota")
    if policies.peer_quota and _used_bytes(origin.actor) + size >= policies.peer_quota:
        raise QuotaReached(f"{origin.actor} has reached its quota")


def count_in(*, origin: Origin, size: int) -> None:
    """Add an object that was taken to what is known to be used."""
    for who in (EVERYBODY, origin.actor):
        if (usage := _used.get(who)) is not None:
            usage.used += size


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


def _used_bytes(who: str) -> int:
    usage = _used.get(who)
    now = time.monotonic()
    if usage is None or now >= usage.until:
        of_peer = Q(calling_ae=who) if who else Q()
        aside = KeptAside.objects.filter(of_peer, settled_at__isnull=True).exclude(storage_key="")
        filed = Instance.objects.filter(of_peer)
        used = sum(rows.aggregate(sum=Sum("size"))["sum"] or 0 for rows in (filed, aside))
        usage = _used[who] = _Usage(until=now + COUNT_SECONDS, used=used)
    return usage.used
