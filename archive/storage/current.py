"""The storage area this hub is configured with; asked for by doors and tasks only."""

from __future__ import annotations

import functools
import logging
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from django.conf import settings

from archive.storage.area import StorageArea
from archive.storage.filesystem import FilesystemArea
from archive.storage.s3 import Bucket, S3Area
from archive.storage.tiers import TieredArea
from pacs_hub.kernel import clock

logger = logging.getLogger(__name__)

STALE_AFTER: Final = timedelta(days=1)


def area() -> StorageArea:
    """Return the area `HUB_STORAGE_URL` names, with the cold one behind it where there is one."""
    return _areas_of(settings.HUB_STORAGE_URL, settings.HUB_COLD_STORAGE_URL)


def has_cold_area() -> bool:
    """Say whether there is somewhere to move cold studies to."""
    return bool(settings.HUB_COLD_STORAGE_URL)


def sweep_stale_spools() -> int:
    """Remove what processes that died left in the spool a day ago or more.

    A disk that is away stops no start: whoever stores is told so.
    """
    try:
        removed = area().sweep_spools(older_than=clock.now() - STALE_AFTER)
    except OSError:
        return 0
    if removed:
        logger.warning("archive.spool.swept", extra={"removed": removed})
    return removed


@functools.lru_cache(maxsize=8)
def _areas_of(main: str, cold: str) -> StorageArea:
    return TieredArea(main=_area_of(main), cold=_area_of(cold)) if cold else _area_of(main)


@functools.lru_cache(maxsize=8)
def _area_of(url: str) -> StorageArea:
    parts = urlsplit(url)
    if parts.scheme != "s3":
        return FilesystemArea(Path(unquote(parts.path)))
    bucket = Bucket(
        name=parts.netloc,
        prefix=unquote(parts.path).strip("/"),
        endpoint=settings.HUB_S3_ENDPOINT,
        timeout_seconds=settings.HUB_S3_TIMEOUT_SECONDS,
        keys=settings.HUB_S3_KEYS,
    )
    return S3Area(bucket, spool_folder=settings.HUB_HOME / "spool")
