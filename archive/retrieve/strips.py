"""A few pictures of each series, taken evenly from the first to the last; reads only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db.models import Count, F, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from archive.retrieve.plan import NoSuchTarget
from archive.store.models import Instance, Series, Study
from archive.store.queries import shown

PICTURES: Final = 6
_ORDER: Final = ("instance_number", "sop_instance_uid")


def strips(series: Iterable[Series], *, most: int = PICTURES) -> dict[int, list[Instance]]:
    """Return up to `most` images of each series by the series' id; none where it has no image."""
    numbered = (
        Instance.objects.filter(shown(), series__in=[row.pk for row in series], rows__isnull=False)
        .only("sop_instance_uid", "series_id", "number_of_frames")
        .annotate(
            place=Window(RowNumber(), partition_by="series_id", order_by=_ORDER),
            total=Window(Count("pk"), partition_by="series_id"),
        )
    )
    # every n-th, with the smallest n that leaves no more than `most`
    some = numbered.annotate(beside=(F("place") - 1) % ((F("total") + most - 1) / most))
    found: dict[int, list[Instance]] = {}
    for row in some.filter(beside=0).order_by("series_id", "place"):
        found.setdefault(row.series_id, []).append(row)
    return found


def series_shown(study: Study, *, with_rejected: bool = False) -> QuerySet[Series]:
    """Return the series of a study in their order, without their kept metadata."""
    rows = Series.objects.filter(study=study).defer("metadata")
    if not with_rejected:
        rows = rows.filter(number_of_instances__gt=0)
    return rows.order_by(F("series_number").asc(nulls_last=True), "series_instance_uid")


def instances_shown(series: Series, *, with_rejected: bool = False) -> QuerySet[Instance]:
    """Return the instances of a series in their order; what is out of use only if asked for."""
    rows = Instance.objects.filter(series=series)
    if not with_rejected:
        rows = rows.filter(shown())
    return rows.order_by(F("instance_number").asc(nulls_last=True), "sop_instance_uid")


def instance_shown(study: Study, sop_instance_uid: str, *, with_rejected: bool = False) -> Instance:
    """Return one instance of the study, its series with it.

    Raises:
        NoSuchTarget: there is none, or it is out of use.
    """
    rows = Instance.objects.filter(study=study, sop_instance_uid=sop_instance_uid)
    if not with_rejected:
        rows = rows.filter(shown())
    row = rows.select_related("series").defer("series__metadata").first()
    if row is None:
        raise NoSuchTarget("no such instance")
    row.study = study
    return row


def volume_of(study: Study) -> dict[str, int]:
    """Return the `bytes` of what is stored of a study, and how many objects are out of use."""
    found = Instance.objects.filter(study=study).aggregate(
        bytes=Sum("size"), out_of_use=Count("pk", filter=~Q(shown()))
    )
    return {"bytes": found["bytes"] or 0, "out_of_use": found["out_of_use"]}
