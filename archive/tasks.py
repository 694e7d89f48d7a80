"""Celery tasks of the archive: each calls one service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from celery import shared_task
from django.conf import settings
from django.core.cache import cache

from archive.availability import sender as notices
from archive.availability.services import forget_sent
from archive.commitment import sender as commitment_reports
from archive.commitment.services import check_due
from archive.commitment.services import forget_told as forget_commitments
from archive.documents import current as documents
from archive.documents.services import convert_due
from archive.forwarding import sender as forwarding
from archive.forwarding.departure import Stock
from archive.forwarding.queries import due_lanes
from archive.forwarding.services import forget_items
from archive.prefetch import services as prefetch
from archive.rejection import services as rejection
from archive.retrieve.current import pseudonym_key
from archive.retrieve.metadata import keep_missing
from archive.storage.current import area
from archive.store.completion import bring_up_to_date
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin

RECENTLY: Final = timedelta(hours=1)
SERIES_A_TICK: Final = 20
DOCUMENTS_A_TICK: Final = 5
ONE_AT_A_TIME_SECONDS: Final = 120
COMMIT_BYTES_A_TICK: Final = 200 * 1024 * 1024
COMMIT_CHECK_SECONDS: Final = 300  # one object may have many gigabytes
CALLS_SECONDS: Final = 300  # peers that do not answer are waited for, one after the other
STUDIES_A_TICK: Final = 100
KEEP_TOLD: Final = timedelta(days=30)
FORGOTTEN_A_TICK: Final = 20
PREFETCHES_A_TICK: Final = 3
PREFETCH_SECONDS: Final = 900
PREFETCHES_KEPT_DAYS: Final = 90
LANES_AT_ONCE: Final = 4
LANE_TURN_SECONDS: Final = 20.0
LANE_TASK_LIVES_SECONDS: Final = 30


@shared_task(name="archive.check_quiet_studies")
def check_quiet_studies() -> None:
    """Count growing studies and settle the quiet ones."""
    bring_up_to_date(quiet_seconds=settings.HUB_STUDY_QUIET_SECONDS)


@shared_task(name="archive.keep_metadata")
def keep_metadata() -> None:
    """Make the metadata of series that have settled, so that viewers open them at once."""
    if not cache.add("archive.keep_metadata", 1, ONE_AT_A_TIME_SECONDS):
        return
    try:
        keep_missing(area=area(), since=clock.now() - RECENTLY, limit=SERIES_A_TICK)
    finally:
        cache.delete("archive.keep_metadata")


@shared_task(name="archive.convert_documents")
def convert_documents() -> None:
    """Make DICOM objects of documents that wait: videos, and what a crash left behind."""
    convert_due(converter=documents.converter(), limit=DOCUMENTS_A_TICK)


@shared_task(name="archive.check_commitments")
def check_commitments() -> None:
    """Read back the objects that modalities want to delete, a bounded amount each time."""
    with _alone("archive.check_commitments", seconds=COMMIT_CHECK_SECONDS) as mine:
        if mine:
            check_due(area=area(), budget_bytes=COMMIT_BYTES_A_TICK)


@shared_task(name="archive.send_commitment_reports")
def send_commitment_reports() -> None:
    """Tell requesters of storage commitment what was found."""
    with _alone("archive.send_commitment_reports", seconds=CALLS_SECONDS) as mine:
        if mine:
            commitment_reports.send_due(ours=settings.HUB_AE_TITLE)


@shared_task(name="archive.send_notices")
def send_notices() -> None:
    """Tell the peers that want to know which studies are here."""
    with _alone("archive.send_notices", seconds=CALLS_SECONDS) as mine:
        if mine:
            notices.send_due(ours=settings.HUB_AE_TITLE)


@shared_task(name="archive.drive_lane")
def drive_lane(ae_title: str) -> None:
    """Send what waits for one peer, for a while; the next tick goes on."""
    forwarding.drive(
        ae_title,
        ours=settings.HUB_AE_TITLE,
        stock=Stock(area=area(), key=pseudonym_key()),
        seconds=LANE_TURN_SECONDS,
    )


@shared_task(name="archive.send_on")
def send_on() -> None:
    """Have the lanes driven in which something is due: a few at once, each by itself."""
    for ae_title in due_lanes(now=clock.now(), most=LANES_AT_ONCE):
        drive_lane.apply_async(
            args=(ae_title,), expires=LANE_TASK_LIVES_SECONDS, ignore_result=True
        )


@shared_task(name="archive.prefetch")
def fetch_priors() -> None:
    """Have the priors of exams to come at hand: recalled, fetched, sent to workstations."""
    with _alone("archive.prefetch", seconds=PREFETCH_SECONDS) as mine:
        if mine:
            prefetch.fetch_due(area=area(), ours=settings.HUB_AE_TITLE, limit=PREFETCHES_A_TICK)


@shared_task(name="archive.reject_left_behind")
def reject_left_behind() -> None:
    """Reject what came after its rejection note without anybody telling of it."""
    rejection.reject_left_behind(
        limit=STUDIES_A_TICK, origin=Origin(door="hub", actor="rejection sweep")
    )


@shared_task(name="archive.forget_told")
def forget_told() -> None:
    """Delete commitments and notifications that others took long ago."""
    before = clock.now() - KEEP_TOLD
    forget_commitments(before=before, limit=FORGOTTEN_A_TICK)
    forget_sent(before=before, limit=FORGOTTEN_A_TICK)
    forget_items(before=before, limit=FORGOTTEN_A_TICK)
    prefetch.forget_old(days=PREFETCHES_KEPT_DAYS, limit=FORGOTTEN_A_TICK)


@contextmanager
def _alone(name: str, *, seconds: int) -> Iterator[bool]:
    """Say whether nobody else runs `name`; who died while running it counts for `seconds`."""
    mine = bool(cache.add(name, 1, seconds))
    try:
        yield mine
    finally:
        if mine:
            cache.delete(name)
