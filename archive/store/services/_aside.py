"""Bytes that could not be filed: kept, with the reason, for a person to look at."""

from __future__ import annotations

import logging
from typing import Any

from archive.storage.area import StorageArea, aside_key
from archive.store.models import Instance, KeptAside
from archive.store.services._arrival import Arrival
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import HubError

logger = logging.getLogger(__name__)


def keep_aside(arrival: Arrival, error: HubError, *, area: StorageArea) -> None:
    """Keep the bytes that could not be filed, with the reason, for a person to look at.

    Raises:
        Unavailable: the disk or the database is away.
    """
    received, origin = arrival.received, arrival.origin
    if _is_filed(arrival):  # somebody filed these very bytes meanwhile: nothing is left over
        return
    if arrival.key:  # it lay in its place already when the conflict was seen
        key = aside_key()
        size = area.size(arrival.key)
        area.rename(arrival.key, key)
        if _is_filed(arrival):  # or while it was renamed
            area.rename(key, arrival.key)
            return
    else:
        size = received.spool.path.stat().st_size
        key = area.set_aside(received.spool)
    KeptAside.objects.create(
        reason=error.error_code,
        text=error.text[:300],
        storage_key=key,
        size=size,
        calling_ae=origin.actor,
        address=origin.address,
        door=origin.door,
        at=clock.now(),
        **_identity(arrival),
    )
    logger.warning("archive.object.kept_aside", extra={"reason": error.error_code, "key": key})


def flag_filed(arrival: Arrival, *, reason: str, text: str) -> None:
    """Show a person that an odd object was filed, once for each study and reason."""
    facts, origin = arrival.facts, arrival.origin
    study_instance_uid = facts.study_instance_uid if facts else ""
    open_cards = KeptAside.objects.filter(settled_at__isnull=True, storage_key="", reason=reason)
    if open_cards.filter(study_instance_uid=study_instance_uid).exists():
        return
    KeptAside.objects.create(
        reason=reason,
        text=text[:300],
        storage_key="",
        size=0,
        calling_ae=origin.actor,
        address=origin.address,
        door=origin.door,
        at=clock.now(),
        **_identity(arrival),
    )


def _is_filed(arrival: Arrival) -> bool:
    if not arrival.key or arrival.facts is None:
        return False
    same = Instance.objects.filter(sop_instance_uid=arrival.facts.sop_instance_uid)
    return same.filter(storage_key=arrival.key).exists()


def _identity(arrival: Arrival) -> dict[str, Any]:
    """Return what is known of the object: its own words, else those of its command."""
    facts = arrival.facts
    if facts is None:
        return {"sop_instance_uid": (arrival.received.sop_instance_uid or "")[:200]}
    return {
        "sop_instance_uid": facts.sop_instance_uid,
        "study_instance_uid": facts.study_instance_uid,
    }
