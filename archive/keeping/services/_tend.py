"""The sweep that moves, calls back, removes and counts; a bounded piece at each tick."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db.models import Count, Q, Sum

from archive.keeping.models import DailyVolume
from archive.keeping.queries import opened_cold_studies
from archive.keeping.services._discards import remove_discarded
from archive.keeping.services._moving import StudyReceives, recall
from archive.storage.area import StorageArea
from archive.storage.tiers import COLD
from archive.store.models import Instance
from archive.store.services import remove_settled
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin

LOOK_BACK: Final = timedelta(minutes=15)
LOOK_FOR_LEFT: Final = timedelta(days=30)
DISCARDS_A_TICK: Final = 500
ORIGIN: Final = "keeping"


def tend(*, area: StorageArea, recall_limit: int) -> int:
    """Call back cold studies that were opened, and remove discarded bytes; returns the recalls.

    Raises:
        Unavailable: an area is away; the next tick goes on.
    """
    recalled = 0
    since = clock.now() - LOOK_BACK
    for study in opened_cold_studies(since=since)[:recall_limit] if recall_limit else ():
        try:
            origin = Origin(door="hub", actor=ORIGIN)
            recalled += recall(study_id=study.pk, area=area, origin=origin).objects > 0
        except StudyReceives:
            continue
    remove_discarded(area=area, limit=DISCARDS_A_TICK)
    remove_settled(area=area, since=clock.now() - LOOK_FOR_LEFT)
    return recalled


def count_volume() -> DailyVolume:
    """Write down what the areas hold today, from the index."""
    cold = Q(storage_key__startswith=COLD)
    sums = Instance.objects.aggregate(
        objects=Count("pk", filter=~cold),
        bytes=Sum("size", filter=~cold),
        cold_objects=Count("pk", filter=cold),
        cold_bytes=Sum("size", filter=cold),
    )
    row, _ = DailyVolume.objects.update_or_create(
        day=clock.now().date(),
        defaults={
            "number_of_objects": sums["objects"],
            "bytes": sums["bytes"] or 0,
            "number_of_cold_objects": sums["cold_objects"],
            "cold_bytes": sums["cold_bytes"] or 0,
        },
    )
    return row
