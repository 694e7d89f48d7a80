"""The storage area this hub is configured with; asked for by doors and tasks only."""

from __future__ import annotations

import functools
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings

from archive.storage.area import StorageArea
from archive.storage.filesystem import FilesystemArea


def area() -> StorageArea:
    """Return the area `HUB_STORAGE_URL` names."""
    return _area_of(settings.HUB_STORAGE_URL)


@functools.lru_cache(maxsize=8)
def _area_of(url: str) -> StorageArea:
    return FilesystemArea(Path(unquote(urlsplit(url).path)))
