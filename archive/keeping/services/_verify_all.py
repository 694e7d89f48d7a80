"""Read the whole archive back at once, as the command does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from archive.keeping.models import Finding, FindingState
from archive.keeping.services import _checks, _findings
from archive.keeping.services._verify import KEYS_A_TICK, SETTLED, objects, rows_after, without_row
from archive.storage.area import StorageArea, StoredObject
from archive.store.models import KeptAside
from pacs_hub.kernel import clock

PATIENCE_SECONDS = 2.0

Original = tuple[str, int, str]
"""Key, size and SHA-256 of a file that is kept beside the objects."""


@dataclass(kw_only=True)
class _Walk:
    area: StorageArea
    default_issuer: str
    repair: bool
    tell: Callable[[Finding], None]
    still_open: int = 0
    open_keys: set[str] = field(default_factory=_findings.open_keys)

    def looked_at(self, key: str, finding: Finding | None) -> None:
        """Tell what was found, or that it is well again."""
        self.found(finding)
        if finding is None and key in self.open_keys:
            _findings.close_all(key, kinds=_checks.OF_ROWS)

    def found(self, finding: Finding | None, found: StoredObject | None = None) -> None:
        if finding is None:
            return
        if self.repair:
            _checks.heal(finding, area=self.area, default_issuer=self.default_issuer, found=found)
            finding.refresh_from_db()
        self.tell(finding)
        self.still_open += finding.state == FindingState.OPEN


def verify_all(
    *,
    area: StorageArea,
    default_issuer: str,
    repair: bool,
    tell: Callable[[Finding], None],
    originals: Iterable[Original] = (),
    pause: Callable[[float], None] = time.sleep,
) -> tuple[int, int]:
    """Read everything back at once; returns how many objects, and how many findings stay open.

    `tell` is called for each finding, after the attempt to heal it where `repair` is set.
    `originals` are the files of attached documents, which no row of the index names.

    Raises:
        Unavailable: the store or the database is away.
    """
    area.check()
    walk = _Walk(area=area, default_issuer=default_issuer, repair=repair, tell=tell)
    count = _all_rows(walk)
    for aside in (
        KeptAside.objects.filter(settled_at=None)
        .exclude(storage_key="")
        .order_by("pk")
        .iterator(chunk_size=500)
    ):
        walk.looked_at(aside.storage_key, _checks.check_aside(aside, area=area))
    for key, size, sha256 in originals:
        walk.looked_at(key, _checks.check_original(key, size, sha256, area=area))
    young: list[StoredObject] = []
    for found in _all_without_row(area):
        if clock.now() - found.kept_at < SETTLED:
            young.append(found)
        else:
            walk.found(_checks.check_object(found), found)
    if young:  # perhaps arrivals whose rows are being written at this moment
        pause(PATIENCE_SECONDS)
    for found in without_row(young):
        walk.found(_checks.check_object(found), found)
    return count, walk.still_open


def _all_rows(walk: _Walk) -> int:
    count, last = 0, 0
    while rows := rows_after(last):
        for row in rows:
            walk.looked_at(row.storage_key, _checks.check_row(row, area=walk.area))
        count, last = count + len(rows), rows[-1].pk
    return count


def _all_without_row(area: StorageArea) -> Iterator[StoredObject]:
    found = objects(area)
    while page := list(islice(found, KEYS_A_TICK)):
        yield from without_row(page)
