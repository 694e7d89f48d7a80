"""A series' own row: made at its first object, open again where it had settled."""

from __future__ import annotations

from datetime import datetime

from archive.store.described import series_described, study_described
from archive.store.models import RequestAttributes, Series
from archive.store.rules import Header, facts_of
from archive.store.services._study import study_of
from pacs_hub.kernel.origin import Origin


def open_series(
    header: Header,
    received_at: datetime,
    *,
    origin: Origin,
    default_issuer: str,
    is_news: bool,
) -> Series:
    """Return the row of a series that receives: made, or open again without cached metadata."""
    facts = facts_of(header)
    study = study_of(
        facts,
        received_at,
        described=study_described(header),
        origin=origin,
        default_issuer=default_issuer,
        is_news=is_news,
    )
    described = series_described(header)
    series, made = Series.objects.get_or_create(
        study=study,
        series_instance_uid=facts.series_instance_uid,
        defaults={
            "modality": facts.modality,
            "series_number": facts.series_number,
            "series_date": facts.series_date,
            "series_time": facts.series_time,
            "description": facts.series_description,
            "body_part": facts.body_part,
            "laterality": facts.laterality,
            "station_name": facts.station_name,
            "performed_step_uid": facts.performed_step_uid,
            "number_of_instances": 1,
            **described.columns,
        },
    )
    if made and described.items:
        RequestAttributes.objects.bulk_create(
            RequestAttributes(series=series, **item) for item in described.items
        )
    if not made and series.metadata is not None:
        Series.objects.filter(pk=series.pk).update(metadata=None)
    return series
