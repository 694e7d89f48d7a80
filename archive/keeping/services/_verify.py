"""Walk the archive: every row's object is read back, every object's row is looked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from archive.keeping.models import VerificationRound
from archive.keeping.services import _checks, _findings
from archive.storage.area import StorageArea, StoredObject
from archive.storage.layout import sop_instance_uid_in
from archive.store.models import Instance
from pacs_hub.kernel import clock

KEYS_A_TICK: Final = 2000
LONGEST_KEY: Final = 300
OBJECTS_A_TICK: Final = 200
COST_OF_A_KEY: Final = 500
COST_OF_AN_OPEN: Final = 20_000
SAVED_UP: Final = timedelta(minutes=1)
PAUSE: Final = timedelta(days=1)
SETTLED: Final = timedelta(minutes=10)
"""An object younger than this may be one whose row is about to be written."""


def verify_some(*, area: StorageArea, bytes_per_second: float, default_issuer: str) -> None:
    """Go on with the round where it stopped, as far as the load allows; heal what was found.

    A round begins a day after the last one ended.

    Raises:
        Unavailable: the store is away; the next tick tries again from the same place.
    """
    now = clock.now()
    walk = _current(now)
    if walk is None or not bytes_per_second:
        return
    elapsed = min(now - walk.at, SAVED_UP).total_seconds()
    walk.allowance = min(
        int(walk.allowance + elapsed * bytes_per_second),
        int(SAVED_UP.total_seconds() * bytes_per_second),
    )
    walk.at = now
    walk.save(update_fields=["allowance", "at"])
    if walk.allowance <= 0:
        return
    step = _some_objects if walk.rows_done else _some_rows
    step(walk, area, default_issuer)


def _current(now: datetime) -> VerificationRound | None:
    last = VerificationRound.objects.order_by("-pk").first()
    if last is not None and last.finished_at is None:
        return last
    if last is not None and last.finished_at is not None and now - last.finished_at < PAUSE:
        return None
    return VerificationRound.objects.create(started_at=now, at=now)


def _some_rows(walk: VerificationRound, area: StorageArea, default_issuer: str) -> None:
    open_keys = _findings.open_keys()
    rows = rows_after(walk.last_row)
    for row in rows:
        finding = _checks.check_row(row, area=area)
        if finding is not None:
            walk.findings += 1
            _checks.heal(finding, area=area, default_issuer=default_issuer)
        elif row.storage_key in open_keys:
            _findings.close_all(row.storage_key, kinds=_checks.OF_ROWS)
        walk.last_row = row.pk
        walk.number_of_objects += 1
        walk.bytes += row.size
        walk.allowance -= row.size + COST_OF_AN_OPEN
        if walk.allowance <= 0:
            break
    walk.rows_done = not rows
    walk.save()


def _some_objects(walk: VerificationRound, area: StorageArea, default_issuer: str) -> None:
    settled = clock.now() - SETTLED
    page = list(islice(objects(area, after=walk.last_key), KEYS_A_TICK))
    for found in without_row(page):
        if found.kept_at > settled:
            continue
        finding = _checks.check_object(found)
        if finding is not None:
            walk.findings += 1
            _checks.heal(finding, area=area, default_issuer=default_issuer, found=found)
    walk.allowance -= COST_OF_A_KEY * len(page)
    if page:
        walk.last_key = page[-1].key
    else:
        walk.finished_at = clock.now()
    walk.save()


def objects(area: StorageArea, *, after: str = "") -> Iterator[StoredObject]:
    """Yield the objects of an area; a file with a longer name than any of ours is no object."""
    return (found for found in area.objects(after=after) if len(found.key) <= LONGEST_KEY)


def rows_after(last: int) -> list[Instance]:
    """Return the next rows behind that id, with what a check needs."""
    return list(
        Instance.objects.filter(pk__gt=last)
        .select_related("study", "series")
        .defer("series__metadata")
        .order_by("pk")[:OBJECTS_A_TICK]
    )


def without_row(page: list[StoredObject]) -> list[StoredObject]:
    """Leave out, with few questions, the objects that are where their rows say."""
    left: list[StoredObject] = []
    for start in range(0, len(page), 500):
        some = page[start : start + 500]
        uids = {sop_instance_uid_in(found.key) for found in some}
        rows = Instance.objects.filter(sop_instance_uid__in=uids)
        known = set(rows.values_list("storage_key", flat=True))
        left += [found for found in some if found.key not in known]
    return left
