"""Find stations and steps; reads only."""

from __future__ import annotations

import functools
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet

from pacs_hub.outbox.statements import Select, given
from worklist.scheduling.models import ScheduledProcedureStep, Station
from worklist.scheduling.rules import StationFacts


def stations() -> QuerySet[Station]:
    """Return all stations by AE title."""
    return Station.objects.order_by("ae_title")


def station(ae_title: str) -> Station | None:
    """Return the station of that AE title."""
    return Station.objects.filter(ae_title=ae_title).first()


@functools.cache
def _stations_of() -> Select[Station]:
    return Select(Station.objects.filter(modality=given(0)))


def station_facts(*, modality: str, start: datetime | None, zone: ZoneInfo) -> list[StationFacts]:
    """Return the stations of a modality with their load on the day of `start`."""
    rows = _stations_of().fetch(modality)
    loads: dict[str, int] = {}
    if start is not None and len(rows) > 1:
        morning = start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        counted = (
            ScheduledProcedureStep.objects.filter(
                scheduled_station_ae_title__in=[row.ae_title for row in rows],
                start__gte=morning,
                start__lt=morning + timedelta(days=1),
            )
            .values_list("scheduled_station_ae_title")
            .annotate(Count("pk"))
        )
        loads = dict(counted)
    return [
        StationFacts(
            ae_title=row.ae_title,
            modality=row.modality,
            procedures=tuple(row.procedures),
            load=loads.get(row.ae_title, 0),
            name=row.name,
            location=row.location,
        )
        for row in rows
    ]
