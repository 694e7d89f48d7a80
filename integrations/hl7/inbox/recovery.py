"""What is done about messages after their connection is gone: deliveries, sweeps, replays."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import F

from integrations.hl7.inbox import parking, queries, repeats, rows, rules, services
from integrations.hl7.inbox.arrivals import Arrival, Incoming
from integrations.hl7.inbox.models import AckOutcome, InboundMessage, ProcessingState
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict
from pacs_hub.outbox import leases

logger = logging.getLogger(__name__)

BATCH: Final = 200


class MessageIsACopy(Conflict):
    """The message was applied under another row; replay that one."""

    code = "message-is-a-copy"


def record_delivery(*, message_ids: Collection[int], delivered: bool) -> None:
    """Write down whether the answers to these messages left."""
    outcome = AckOutcome.SENT if delivered else AckOutcome.UNDELIVERED
    InboundMessage.objects.filter(pk__in=message_ids, ack_outcome=AckOutcome.PENDING).update(
        ack_outcome=outcome
    )


def process_left_behind(*, routes: rules.Routes, now: datetime, lease_seconds: float) -> int:
    """Apply what a crash left `received`, and give up on answers nobody saw leave.

    A message that was tried `rules.ATTEMPTS` times is left to a person: it may be what crashes.
    """
    before = now - rules.LEFT_BEHIND_AFTER
    waiting = InboundMessage.objects.filter(
        processing_state=ProcessingState.RECEIVED,
        received_at__lt=before,
        attempts__lt=rules.ATTEMPTS,
    )
    done = 0
    for row in waiting.filter(leases.free(now)).order_by("pk")[:BATCH]:
        if not leases.claim(waiting, pk=row.pk, now=now, seconds=lease_seconds):
            continue
        InboundMessage.objects.filter(pk=row.pk).update(attempts=F("attempts") + 1)
        services.process(row=row, routes=routes)
        record_delivery(message_ids=[row.pk], delivered=False)
        logger.warning("hl7.message.recovered", extra={"inbound": row.pk})
        done += 1
    InboundMessage.objects.filter(ack_outcome=AckOutcome.PENDING, processed_at__lt=before).update(
        ack_outcome=AckOutcome.UNDELIVERED
    )
    InboundMessage.objects.filter(
        leases.free(now),
        processing_state=ProcessingState.RECEIVED,
        received_at__lt=before,
        attempts__gte=rules.ATTEMPTS,
    ).update(processing_state=ProcessingState.HELD, held_reason=rules.too_dangerous().text)
    return done


def apply_parked(*, routes: rules.Routes, now: datetime, lease_seconds: float) -> int:
    """Apply the parked messages whose time has come, in the order they arrived.

    Each gets its outcome as if it came now; its sender was answered when it was parked. One that
    kills whoever applies it is left alone after a few times, until its hours are over.
    """
    parking.give_up(now=now)
    due = parking.due(now=now).filter(attempts__lt=rules.ATTEMPTS)
    done = 0
    for row in due.filter(leases.free(now))[:BATCH]:
        if not leases.claim(due, pk=row.pk, now=now, seconds=lease_seconds):
            continue
        InboundMessage.objects.filter(pk=row.pk).update(attempts=F("attempts") + 1)
        services.process(row=row, routes=routes, quiet=True)
        InboundMessage.objects.filter(pk=row.pk).update(attempts=row.attempts)
        done += 1
    return done


def take_in_hand(*, arrivals: Iterable[Arrival]) -> int:
    """Keep what a process had in its hands when it died, to be applied by a sweep.

    What it had committed already is known by its bytes. One that dies again and again with the
    same message in its hands brings that message to a person.
    """
    found = 0
    for arrival in arrivals:
        with transaction.atomic():
            incoming = Incoming.of(arrival, now=clock.now())
            past = repeats.repeats_of(incoming)
            if past.answered is not None:
                continue
            tried = max((count for _, count in past.unsettled), default=0) + 1
            (numbered,) = rows.reserve([incoming])
            rows.stand_for(numbered, [pk for pk, _ in past.unsettled])
            rows.kept(numbered, attempts=tried)
        found += 1
    if found:
        logger.warning("hl7.message.left_in_hand", extra={"count": found})
    return found


def replay(*, message_id: int, routes: rules.Routes) -> InboundMessage:
    """Apply a kept message again, as if it came now; the sender is not answered again.

    Handlers are idempotent, so that a message that was applied changes nothing twice.

    Raises:
        NoSuchMessage: there is none.
        BodyGone: its text is not kept any more.
        MessageIsACopy: it repeats another message.
    """
    row = queries.with_body(message_id)
    if row.processing_state == ProcessingState.DUPLICATE:
        raise MessageIsACopy(f"this message is a copy of message {row.duplicate_of_id}")
    InboundMessage.objects.filter(pk=row.pk).update(processing_state=ProcessingState.RECEIVED)
    services.process(row=row, routes=routes, quiet=True)
    row.refresh_from_db()
    return row
