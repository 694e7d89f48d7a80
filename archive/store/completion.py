"""Keep the counts of growing studies, and say when a study has settled."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Max

from archive.store.events import StudyGrew, StudyReceived
from archive.store.models import Instance, Series, Study, StudyState
from archive.store.queries import shown
from pacs_hub.kernel import clock
from pacs_hub.outbox.publish import publish


def bring_up_to_date(*, quiet_seconds: float) -> int:
    """Count the studies that grew and settle those where nothing came for `quiet_seconds`.

    Called about once a second, so a study costs one update a second however fast it grows.
    """
    growing = list(Study.objects.filter(state=StudyState.RECEIVING).values_list("pk", flat=True))
    for study_id in growing:
        with transaction.atomic():
            _bring_up_to_date(study_id, quiet=timedelta(seconds=quiet_seconds), now=clock.now())
    return len(growing)


def _bring_up_to_date(study_id: int, *, quiet: timedelta, now: datetime) -> None:
    receiving = Study.objects.filter(pk=study_id, state=StudyState.RECEIVING)
    study = receiving.select_for_update().first()
    if study is None:  # its modality said meanwhile that everything was sent
        return
    counted = Instance.objects.filter(study_id=study_id).aggregate(
        instances=Count("pk", filter=shown()), last=Max("received_at")
    )
    if counted["last"] is None:
        return
    grew = counted["last"] > study.last_received_at or counted["instances"] != (
        study.number_of_instances
    )
    settled = now - counted["last"] >= quiet
    if not grew and not settled:
        return
    _count_series(study)
    study.number_of_instances = counted["instances"]
    study.last_received_at = counted["last"]
    if settled:
        study.state = StudyState.RECEIVED
        study.settled_at = now
    study.save()
    event = StudyReceived if settled else StudyGrew
    publish(
        event(
            occurred_at=now,
            correlation_id=study.correlation_id,
            study_id=study.pk,
            study_instance_uid=study.study_instance_uid,
            number_of_instances=study.number_of_instances,
        )
    )


def recount(study: Study) -> None:
    """Bring the counts of a study up to date after objects left use, or came back; not saved.

    Its series are saved, and their kept metadata is dropped.
    """
    study.number_of_instances = Instance.objects.filter(shown(), study=study).count()
    _count_series(study)
    Series.objects.filter(study=study).update(metadata=None)


def _count_series(study: Study) -> None:
    """Bring the counts of the study's series, and the study's modalities, up to date."""
    rows = list(
        Series.objects.filter(study=study)
        .defer("metadata")
        .annotate(counted=Count("instances", filter=shown("instances__")))
    )
    for row in rows:
        if row.counted != row.number_of_instances:
            Series.objects.filter(pk=row.pk).update(number_of_instances=row.counted)
    in_use = [row for row in rows if row.counted]
    study.number_of_series = len(in_use)
    study.modalities = "\\".join(sorted({row.modality for row in in_use if row.modality}))[:200]


def settle(*, study_instance_uid: str) -> None:
    """Settle a study at once, because its modality said that everything was sent.

    Nothing happens when it has settled already.
    """
    with transaction.atomic():
        growing = Study.objects.filter(
            study_instance_uid=study_instance_uid, state=StudyState.RECEIVING
        ).first()
        if growing is not None:
            _bring_up_to_date(growing.pk, quiet=timedelta(0), now=clock.now())
