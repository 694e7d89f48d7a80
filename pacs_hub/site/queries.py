"""The site file in force, and its history."""

from __future__ import annotations

import itertools

from django.db.models import QuerySet

from pacs_hub.site.models import SiteVersion
from pacs_hub.site.schema import SiteFileWrong, parse
from pacs_hub.site.tables import SiteFile


def history() -> QuerySet[SiteVersion]:
    """Return every applied version, the latest first."""
    return SiteVersion.objects.order_by("-number")


def latest_version() -> SiteVersion | None:
    """Return the version in force, or None before the first one."""
    return history().first()


def applied_file() -> SiteFile | None:
    """Return the file in force, read; None before the first one."""
    version = latest_version()
    if version is None:
        return None
    try:
        return parse(version.text)
    except SiteFileWrong:  # written for an earlier release: everything counts as new
        return None


def map_history() -> list[SiteVersion]:
    """Return the versions that changed how messages are read, the latest first, and the one before
    the first of them: there one goes back to no override at all."""
    found = list(history().only("number", "changes", "note", "applied_at", "applied_by")[:500])
    changed = [row for row in found if any(c.startswith("hl7_map ") for c in row.changes)]
    before = (row for row in found if changed and row.number < changed[-1].number)
    return [*changed, *itertools.islice(before, 1)]
