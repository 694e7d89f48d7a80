"""Celery tasks of the worklist: each calls one service."""

from __future__ import annotations

from celery import shared_task

from pacs_hub.kernel.origin import Origin
from worklist.priors.services import want_priors_of_tomorrow


@shared_task(name="worklist.want_priors_of_tomorrow")
def want_priors() -> None:
    """Ask again for the priors of exams that begin within a day."""
    want_priors_of_tomorrow(origin=Origin(door="hub", actor="prefetch"))
