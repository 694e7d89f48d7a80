"""Write an event in the transaction that makes it true."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from pacs_hub.kernel.events import Event
from pacs_hub.outbox.models import OutboxMessage
from pacs_hub.outbox.nudges import NUDGER
from pacs_hub.outbox.statements import insert

RELAY_TASK: Final = "pacs_hub.outbox.relay"


def publish(event: Event) -> None:
    """Insert `event` in the caller's transaction and nudge the relay once it is committed.

    Raises:
        TransactionManagementError: there is no transaction; an event without a fact is a lie.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            f"{event.event_name()} was published outside a transaction"
        )
    insert(
        OutboxMessage,
        {
            "event": event.event_name(),
            "version": event.version,
            "stream": event.stream,
            "payload": event.payload(),
            "occurred_at": event.occurred_at,
            "correlation_id": event.correlation_id,
        },
    )
    nudge_after_commit(RELAY_TASK)


def nudge_after_commit(task_name: str) -> None:
    """Ask the worker to look now rather than at its next sweep; losing the nudge loses nothing."""
    transaction.on_commit(lambda: NUDGER.nudge(task_name))
