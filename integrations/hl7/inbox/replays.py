"""Apply many messages again, in the background, a few at a time, and say how far it got."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db.models import Q

from integrations.hl7.inbox import recovery, rules
from integrations.hl7.inbox.models import InboundMessage, ProcessingState, Replay
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import HubError, Malformed, Unknown
from pacs_hub.outbox import leases
from pacs_hub.outbox.publish import nudge_after_commit

logger = logging.getLogger(__name__)

TASK: Final = "integrations.hl7.replay"
AT_MOST: Final = 5000
AT_ONCE: Final = 25


class NothingToReplay(Malformed):
    """No message was chosen, or no reason given."""

    code = "nothing-to-replay"


class NoSuchReplay(Unknown):
    """There is no such replay."""

    code = "no-such-replay"


def start(*, message_ids: Sequence[int], by: str, reason: str, choice: str) -> Replay:
    """Queue these messages to be applied again, in this order; `choice` says how they were found.

    Raises:
        NothingToReplay: there is none, or nobody says why.
    """
    if not message_ids or not reason.strip():
        raise NothingToReplay("choose messages, and say why", field="reason")
    row = Replay.objects.create(
        message_ids=list(message_ids[:AT_MOST]),
        by=by[:150],
        reason=reason.strip()[:300],
        choice=choice[:300],
        started_at=clock.now(),
    )
    nudge_after_commit(TASK)
    return row


def stop(*, replay_id: int) -> Replay:
    """Leave the rest of a replay out."""
    row = replay(replay_id)
    Replay.objects.filter(pk=row.pk, finished_at__isnull=True).update(
        finished_at=clock.now(), is_stopped=True
    )
    return replay(replay_id)


def replay(replay_id: int) -> Replay:
    """Return one.

    Raises:
        NoSuchReplay: there is none.
    """
    row = Replay.objects.filter(pk=replay_id).first()
    if row is None:
        raise NoSuchReplay("no such replay")
    return row


def go_on(*, routes: rules.Routes, now: datetime, lease_seconds: float) -> int:
    """Apply the next messages of the oldest replay that nobody works on; returns how many.

    What a crash interrupts is begun again where it was written down last: a message may be
    applied twice, and changes nothing the second time.
    """
    waiting = Replay.objects.filter(finished_at__isnull=True)
    for row in waiting.filter(leases.free(now)).order_by("pk")[:1]:
        if leases.claim(waiting, pk=row.pk, now=now, seconds=lease_seconds):
            return _some(row, routes)
    return 0


def _some(row: Replay, routes: rules.Routes) -> int:
    batch = row.message_ids[row.done : row.done + AT_ONCE]
    for message_id in batch:
        try:
            applied = recovery.replay(message_id=message_id, routes=routes)
            good = applied.processing_state == ProcessingState.PROCESSED
        except HubError as error:
            logger.info(
                "hl7.replay.left_out", extra={"inbound": message_id, "code": error.error_code}
            )
            good = False
        row.done += 1
        row.failed += 0 if good else 1
        Replay.objects.filter(pk=row.pk).update(done=row.done, failed=row.failed)
    if row.done >= len(row.message_ids):
        Replay.objects.filter(pk=row.pk, finished_at__isnull=True).update(finished_at=clock.now())
    Replay.objects.filter(pk=row.pk).update(claimed_until=None)
    if row.done < len(row.message_ids):
        nudge_after_commit(TASK)
    return len(batch)


def not_applied(row: Replay) -> list[InboundMessage]:
    """Return the messages of a replay that are not applied now, as far as it got."""
    done = row.message_ids[: row.done]
    rows = InboundMessage.objects.defer("raw", "ack_body", "accept_body").filter(pk__in=done)
    return list(rows.filter(~Q(processing_state=ProcessingState.PROCESSED)).order_by("pk")[:100])


def latest(count: int) -> list[Replay]:
    """Return the latest replays, without their messages."""
    return list(Replay.objects.defer("message_ids").order_by("-pk")[:count])
