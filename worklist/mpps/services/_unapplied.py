"""Keep an N-SET that could not be applied: it may be all that tells of the step's end."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from django.db.models import F

from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin
from worklist.mpps.models import UnappliedChange, UnappliedState
from worklist.mpps.rules import StepChange

MOST_OF_ONE_STEP: Final = 50
"""A device in a loop does not fill the table."""


def keep_unapplied(*, change: StepChange, state: str, origin: Origin) -> None:
    """Write down a change that was refused; one that is said again is only counted."""
    said = _plain(change)
    signature = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    rows = UnappliedChange.objects.filter(sop_instance_uid=change.sop_instance_uid)
    if rows.filter(signature=signature).update(times=F("times") + 1, received_at=clock.now()):
        return
    if rows.count() >= MOST_OF_ONE_STEP:
        return
    UnappliedChange.objects.get_or_create(
        sop_instance_uid=change.sop_instance_uid,
        signature=signature,
        defaults={
            "state": state,
            "change": said,
            "calling_ae": origin.actor[:16],
            "address": origin.address[:64],
            "received_at": clock.now(),
        },
    )


def read_back(row: UnappliedChange) -> StepChange:
    """Return the change as it was read when it came."""
    said: dict[str, Any] = dict(row.change)
    ended_at = said["ended_at"]
    return StepChange(
        **{
            **said,
            "ended_at": datetime.fromisoformat(ended_at) if ended_at else None,
            "series_instance_uids": tuple(said["series_instance_uids"]),
            "referenced_sop_instance_uids": tuple(said["referenced_sop_instance_uids"]),
        }
    )


def waiting_for(sop_instance_uid: str) -> list[UnappliedChange]:
    """Return the changes that wait for this step, in the order they came, locked."""
    rows = UnappliedChange.objects.select_for_update().filter(
        sop_instance_uid=sop_instance_uid, state=UnappliedState.WAITING
    )
    return list(rows.order_by("pk"))


def origin_of(row: UnappliedChange) -> Origin:
    """Return who said it."""
    return Origin.over_dimse(
        calling_ae=row.calling_ae,
        address=row.address,
        source_kind="mpps",
        source_id=row.sop_instance_uid,
    )


def _plain(change: StepChange) -> dict[str, Any]:
    plain = asdict(change)
    plain["ended_at"] = change.ended_at.isoformat() if change.ended_at else None
    plain["series_instance_uids"] = list(change.series_instance_uids)
    plain["referenced_sop_instance_uids"] = list(change.referenced_sop_instance_uids)
    return plain
