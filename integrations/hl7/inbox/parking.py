"""Messages that wait for what they are about: parked, woken, and given to a person at last."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from integrations.hl7.inbox import rules
from integrations.hl7.inbox.models import InboundMessage, ParkedKey, ProcessingState
from pacs_hub.outbox.publish import nudge_after_commit

logger = logging.getLogger(__name__)

WAKE_TASK: Final = "integrations.hl7.apply_parked"
AT_ONCE: Final = 500
TABLE: Final = ParkedKey._meta.db_table


def park(message_id: int, keys: Collection[str], *, now: datetime) -> None:
    """Let a message wait for `keys`; without any it waits no more."""
    ParkedKey.objects.filter(message=message_id).delete()
    rows = InboundMessage.objects.filter(pk=message_id)
    if not keys:
        rows.exclude(processing_state=ProcessingState.HELD).filter(
            parked_until__isnull=False
        ).update(parked_until=None)
        return
    ParkedKey.objects.bulk_create(ParkedKey(message_id=message_id, key=key) for key in sorted(keys))
    rows.filter(parked_until__isnull=True).update(parked_until=now + rules.PARKED_FOR)


def wake(keys: Iterable[str]) -> bool:
    """Say that messages about `keys` were applied, in their transaction; who waited is tried soon.

    A parked message that waits for no key any more is due.
    """
    wanted = list(keys)[:AT_ONCE]
    if not wanted:
        return False
    marks = ", ".join(["%s"] * len(wanted))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT message_id FROM {TABLE} WHERE key IN ({marks}) LIMIT {AT_ONCE}",  # noqa: S608
            wanted,
        )
        woken = [row[0] for row in cursor.fetchall()]
    if not woken:
        return False
    ParkedKey.objects.filter(message__in=woken).delete()
    nudge_after_commit(WAKE_TASK)
    logger.info("hl7.message.woken", extra={"count": len(woken)})
    return True


def due(*, now: datetime) -> QuerySet[InboundMessage]:
    """Return the parked messages to be tried now, in the order they arrived.

    Those nobody woke are tried every hour as well: what they wait for may have come by another
    door.
    """
    waits = ParkedKey.objects.filter(message=OuterRef("pk"))
    parked = InboundMessage.objects.filter(processing_state=ProcessingState.PARKED)
    long_ago = now - rules.PARKED_TRIED_EVERY
    return parked.filter(~Exists(waits) | Q(processed_at__lt=long_ago)).order_by(
        "received_at", "pk"
    )


def give_up(*, now: datetime) -> int:
    """Give to a person what waited for its 72 hours; returns how many."""
    late = InboundMessage.objects.filter(
        processing_state=ProcessingState.PARKED, parked_until__lte=now
    )
    ids = list(late.values_list("pk", flat=True)[:AT_ONCE])
    if ids:
        ParkedKey.objects.filter(message__in=ids).delete()
        InboundMessage.objects.filter(pk__in=ids).update(
            processing_state=ProcessingState.HELD,
            held_reason="what the message is about did not come within 72 hours",
        )
        logger.warning("hl7.message.waited_in_vain", extra={"count": len(ids)})
    return len(ids)
