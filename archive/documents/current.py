"""How this hub is configured to take and convert documents; asked for by doors and tasks only."""

from __future__ import annotations

from django.conf import settings

from archive.documents.services import Converter
from archive.storage.current import area
from pacs_hub.access.queries import site


def most_bytes() -> int:
    """Return the size of the largest file that is taken."""
    return int(settings.HUB_DOCUMENT_MIB) * 1024 * 1024


def converter() -> Converter:
    """Return what conversions need to know of the hub."""
    place = site()
    return Converter(
        area=area(),
        ae_title=settings.HUB_AE_TITLE,
        default_issuer=place.default_issuer,
        zone=place.zone,
        seconds=settings.HUB_VIDEO_SECONDS,
    )
