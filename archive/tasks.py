"""Celery tasks of the archive: each calls one service."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from archive.store.completion import bring_up_to_date


@shared_task(name="archive.check_quiet_studies")
def check_quiet_studies() -> None:
    """Count growing studies and settle the quiet ones."""
    bring_up_to_date(quiet_seconds=settings.HUB_STUDY_QUIET_SECONDS)
