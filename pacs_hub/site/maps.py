"""Change the overrides of the maps alone: a new version of the site file, nothing else touched."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from typing import Final

from django.db import transaction

from integrations.hl7.inbox import mapping
from integrations.hl7.inbox.current import routes
from integrations.hl7.inbox.map_trials import Checked, check_samples
from integrations.hl7.maps.overrides import Override
from pacs_hub.audit import services as audit
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict, Unknown
from pacs_hub.kernel.origin import Origin
from pacs_hub.site.changes import differences
from pacs_hub.site.hl7_map import with_maps
from pacs_hub.site.models import SiteVersion
from pacs_hub.site.queries import latest_version
from pacs_hub.site.schema import parse

logger = logging.getLogger(__name__)

LONGEST_NOTE: Final = 300


class NoSiteFile(Conflict):
    """No site file was applied yet, so there is none to put overrides into."""

    code = "no-site-file"


class NothingToPromote(Conflict):
    """The draft is what is in force, or nobody says why it should be."""

    code = "nothing-to-promote"


class ChangedMeanwhile(Conflict):
    """Somebody else changed the site file after the draft was looked at."""

    code = "changed-meanwhile"


class SamplesFail(Conflict):
    """A sample would be read otherwise than it must be."""

    code = "samples-fail"


class NoSuchVersion(Unknown):
    """The site file never had that number."""

    code = "no-such-version"


def promote(
    *,
    overrides: Sequence[Override],
    note: str,
    origin: Origin,
    despite_samples: bool = False,
    seen: int | None = None,
) -> SiteVersion:
    """Put these overrides in force as a new version of the site file.

    `seen`: the version a person compared them with; what came after it would be taken away unseen.

    Raises:
        NoSiteFile, NothingToPromote, ChangedMeanwhile, SamplesFail
        SiteFileWrong: an override fits no map, field, table or peer.
    """
    note = note.strip()[:LONGEST_NOTE]
    with transaction.atomic():
        latest = latest_version()
        if latest is None:
            raise NoSiteFile("apply a site file first; the overrides are kept in it")
        if seen is not None and seen != latest.number:
            raise ChangedMeanwhile("somebody changed the site file meanwhile; look at it again")
        text = with_maps(latest.text, overrides)
        before, after = parse(latest.text), parse(text)
        changes = differences(before, after)
        if not changes or not note:
            raise NothingToPromote("say why" if changes else "the draft is what is in force")
        failing = [one.sample.name for one in checked(after.hl7_map) if not one.passed]
        if failing and not despite_samples:
            raise SamplesFail(f"these samples would be read otherwise: {', '.join(failing)}")
        version = SiteVersion.objects.create(
            number=latest.number + 1,
            text=text,
            sha256=hashlib.sha256(text.encode()).hexdigest(),
            changes=list(changes),
            note=note,
            applied_at=clock.now(),
            applied_by=origin.actor[:150],
        )
        mapping.replace_overrides(after.hl7_map)
        audit.record(
            action="update",
            object_type="site",
            object_id=version.number,
            origin=origin,
            detail=f"maps: {note}"[:200],
        )
    logger.info("site.maps.promoted", extra={"number": version.number, "changes": len(changes)})
    return version


def roll_back(*, number: int, origin: Origin) -> SiteVersion:
    """Put the overrides of an earlier version in force again, as a new version.

    Raises:
        NoSuchVersion: there is none of that number.
        NothingToPromote: they are those in force.
        SiteFileWrong: a later release reads that file no more.
    """
    version = SiteVersion.objects.filter(number=number).first()
    if version is None:
        raise NoSuchVersion(f"there is no version {number} of the site file")
    return promote(
        overrides=parse(version.text).hl7_map,
        note=f"back to version {number}",
        origin=origin,
        despite_samples=True,
    )


def checked(overrides: Sequence[Override]) -> list[Checked]:
    """Return every sample as it would be read with these overrides."""
    return check_samples(overrides=overrides, routes=routes())


def faults(overrides: Sequence[Override]) -> list[str]:
    """Return a line for each sample that would be read otherwise than it must be."""
    return [
        f"sample {one.sample.name}: {fault}" for one in checked(overrides) for fault in one.faults
    ]
