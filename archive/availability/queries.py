"""Notifications as pages and their sender need them; reads only."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from django.db.models import QuerySet
from pydicom import Dataset

from archive.availability.models import AvailabilityNotice, NoticeState
from archive.availability.rules import Available, AvailableSeries, content
from archive.storage.tiers import is_cold
from archive.store.models import Instance
from archive.store.queries import shown


def notices(*, state: str = "") -> QuerySet[AvailabilityNotice]:
    """Return the notifications, latest first: all, or those of one state."""
    rows = AvailabilityNotice.objects.select_related("study").order_by("-created_at", "-pk")
    return rows.filter(state=state) if state else rows


def need_a_person() -> QuerySet[AvailabilityNotice]:
    """Return those the peer refused or could not be told of."""
    return notices().filter(state__in=(NoticeState.REFUSED, NoticeState.GIVEN_UP))


def content_of(notice: AvailabilityNotice, *, retrieve_ae_title: str) -> Dataset:
    """Return what the notification says: what is here of its performed step at this moment."""
    return content(
        study_instance_uid=notice.study.study_instance_uid,
        performed_step_uid=notice.performed_step_uid,
        series=list(_series(notice)),
        retrieve_ae_title=retrieve_ae_title,
    )


def _series(notice: AvailabilityNotice) -> Iterator[AvailableSeries]:
    rows = (
        Instance.objects.filter(
            shown(), study=notice.study, series__performed_step_uid=notice.performed_step_uid
        )
        .order_by("series__series_number", "series_id", "instance_number", "pk")
        .values_list(
            "series__series_instance_uid", "sop_class_uid", "sop_instance_uid", "storage_key"
        )
    )
    for uid, members in groupby(rows.iterator(chunk_size=2_000), key=lambda row: str(row[0])):
        yield AvailableSeries(
            series_instance_uid=uid,
            objects=[
                Available(
                    sop_class_uid=sop_class,
                    sop_instance_uid=instance,
                    is_near=is_cold(key),
                )
                for _, sop_class, instance, key in members
            ],
        )
