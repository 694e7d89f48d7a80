"""Write an event in the transaction that makes it true."""

from __future__ import annotations

import logging
import threading
import time
from typing import Final

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from pacs_hub.kernel.events import Event
from pacs_hub.outbox.models import OutboxMessage

logger = logging.getLogger(__name__)

RELAY_TASK: Final = "pacs_hub.outbox.relay"
SILENCE_AFTER_FAILURE_SECONDS: Final = 1.0
NUDGE_LIVES_SECONDS: Final = 30
"""A sweep has done the work long before; without a worker nudges must not pile up in the broker."""

_silence = threading.local()


def publish(event: Event) -> None:
    """Insert `event` in the caller's transaction and nudge the relay once it is committed.

    Raises:
        TransactionManagementError: there is no transaction; an event without a fact is a lie.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            f"{event.event_name()} was published outside a transaction"
        )
    OutboxMessage.objects.create(
        event=event.event_name(),
        version=event.version,
        stream=event.stream,
        payload=event.payload(),
        occurred_at=event.occurred_at,
        correlation_id=event.correlation_id,
    )
    nudge_after_commit(RELAY_TASK)


def nudge_after_commit(task_name: str) -> None:
    """Ask the worker to look now rather than at its next sweep; losing the nudge loses nothing."""
    transaction.on_commit(lambda: nudge(task_name))


def nudge(task_name: str) -> None:
    """Send `task_name` to the broker; a broker that is away is left alone for a second."""
    if time.monotonic() < getattr(_silence, "until", 0.0):
        return
    try:
        current_app.send_task(
            task_name, ignore_result=True, retry=False, expires=NUDGE_LIVES_SECONDS
        )
    except (OperationalError, OSError) as error:
        _silence.until = time.monotonic() + SILENCE_AFTER_FAILURE_SECONDS
        logger.warning("outbox.nudge.failed", extra={"task": task_name, "reason": str(error)})
