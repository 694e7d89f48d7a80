"""What became of a turn: objects sent, refused, or still to come; lanes that open and close."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, Max

from archive.forwarding.models import (
    ItemState,
    Lane,
    Sending,
    SendingItem,
    SendingState,
)
from archive.forwarding.rules import BREAKS, LONGEST, later, open_for
from pacs_hub.audit import services as audit
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox import leases

logger = logging.getLogger(__name__)

LANE_SECONDS: Final = 120
"""How long a lane counts as driven after its driver died."""
PEER_CODES: Final = ("peer-unreachable", "peer-rejected", "peer-aborted", "peer-silent")


@dataclass(frozen=True, kw_only=True)
class Done:
    """What became of one object."""

    item_id: int
    state: ItemState
    status: int | None = None
    text: str = ""


def claim_lane(ae_title: str) -> Lane | None:
    """Take the lane of a peer as ours to drive; None when another process has it."""
    lane, _ = Lane.objects.get_or_create(ae_title=ae_title)
    taken = leases.claim(Lane.objects.all(), pk=lane.pk, now=clock.now(), seconds=LANE_SECONDS)
    return Lane.objects.get(pk=lane.pk) if taken else None


def keep_lane(lane: Lane) -> None:
    """Say that the lane is still driven."""
    until = clock.now() + timedelta(seconds=LANE_SECONDS)
    Lane.objects.filter(pk=lane.pk).update(claimed_until=until)


def release_lane(lane: Lane) -> None:
    """Let another process drive the lane."""
    Lane.objects.filter(pk=lane.pk).update(claimed_until=None)


@transaction.atomic
def begin(sending: Sending) -> None:
    """Write down that objects of a study are about to leave: once, and again for late ones."""
    now = clock.now()
    if sending.last_turn_at is None or sending.number_sent == 0:
        audit.record(
            action="export",
            object_type="study",
            object_id=sending.study.study_instance_uid,
            origin=Origin(
                door="hub",
                actor=sending.requested_by or sending.request_key,
                correlation_id=sending.correlation_id,
            ),
            patient_id=sending.study.patient_id,
            detail=f"to {sending.ae_title}, {sending.request_key}",
        )
    Sending.objects.filter(pk=sending.pk).update(last_turn_at=now)


@transaction.atomic
def record(sending_id: int, done: Sequence[Done]) -> bool:
    """Write down what became of objects; False when a person stopped the sending meanwhile."""
    now = clock.now()
    counts = dict.fromkeys(ItemState, 0)
    same: dict[tuple[ItemState, int | None, str], list[int]] = {}
    for one in done:
        same.setdefault((one.state, one.status, one.text[:300]), []).append(one.item_id)
    for (state, status, text), ids in same.items():
        items = SendingItem.objects.filter(pk__in=ids, state=ItemState.WAITING)
        counts[state] += items.update(state=state, status=status, error_text=text, at=now)
    bad = [one.text for one in done if one.state == ItemState.FAILED]
    Sending.objects.filter(pk=sending_id).update(
        number_sent=F("number_sent") + counts[ItemState.SENT] + counts[ItemState.WARNING],
        number_of_warnings=F("number_of_warnings") + counts[ItemState.WARNING],
        number_failed=F("number_failed") + counts[ItemState.FAILED],
        number_of_items=F("number_of_items") - counts[ItemState.SKIPPED],
        **({"error_code": "object-refused", "error_text": bad[-1][:300]} if bad else {}),
        **({"attempts": 0, "failing_since": None} if counts[ItemState.SENT] else {}),
    )
    return Sending.objects.filter(pk=sending_id, state=SendingState.QUEUED).exists()


@transaction.atomic
def finish(sending_id: int) -> None:
    """Close the sending where nothing of it waits any more."""
    sending = Sending.objects.select_for_update().get(pk=sending_id)
    if sending.state != SendingState.QUEUED:
        return
    if sending.items.filter(state=ItemState.WAITING).exists():
        return
    sending.state = SendingState.FAILED if sending.number_failed else SendingState.SENT
    sending.finished_at = clock.now()
    if sending.state == SendingState.SENT:
        sending.error_code = sending.error_text = ""
    sending.attempts, sending.failing_since = 0, None
    sending.save()
    logger.info(
        "archive.sending.finished",
        extra={"sending": sending.pk, "sent": sending.number_sent, "state": sending.state},
    )


@transaction.atomic
def postpone(sending_id: int, *, code: str, text: str) -> None:
    """Try again later what could not be sent now; after a week a person has to look."""
    sending = Sending.objects.select_for_update().get(pk=sending_id)
    if sending.state != SendingState.QUEUED:
        return
    now = clock.now()
    sending.attempts += 1
    sending.failing_since = sending.failing_since or now
    again = later(attempts=sending.attempts, now=now, since=sending.failing_since)
    if again is None:
        sending.state, sending.finished_at = SendingState.GIVEN_UP, now
    sending.next_attempt_at = again or now
    sending.error_code, sending.error_text = code[:40], text[:300]
    sending.save()
    logger.warning(
        "archive.sending.postponed",
        extra={"sending": sending.pk, "code": code, "attempts": sending.attempts},
    )


@transaction.atomic
def forget_items(*, before: datetime, limit: int) -> int:
    """Forget the single objects of up to `limit` sendings that were sent `before` then.

    What comes later of their studies is still told from what was sent: row ids of objects rise.
    """
    old = Sending.objects.select_for_update().filter(
        state=SendingState.SENT, finished_at__lt=before, done_up_to=0
    )
    sendings = list(old.order_by("finished_at", "pk")[:limit])
    for sending in sendings:
        latest = sending.items.aggregate(latest=Max("instance_id"))["latest"]
        sending.done_up_to = latest or 0
        sending.items.all().delete()
        sending.save(update_fields=["done_up_to"])
    return len(sendings)


def wait_until(sending_id: int, at: datetime) -> None:
    """Leave the sending alone until then; that is no failure."""
    queued = Sending.objects.filter(pk=sending_id, state=SendingState.QUEUED)
    queued.update(next_attempt_at=at)


def set_behind(item_id: int) -> None:
    """Let the others go first: the peer broke off at this object."""
    SendingItem.objects.filter(pk=item_id).update(at=clock.now())


@transaction.atomic
def lane_failed(lane: Lane, *, text: str) -> None:
    """Count a failure of the peer; after three in a row its circuit opens for a while.

    What was due meanwhile has failed as well, though nobody tried it: a week of that is enough.
    """
    now = clock.now()
    lane.failures += 1
    lane.error_text = text[:300]
    if lane.failures >= BREAKS:
        lane.openings += 1
        lane.open_until = now + open_for(lane.openings)
        logger.warning("archive.lane.opened", extra={"lane": lane.pk, "openings": lane.openings})
    lane.save(update_fields=["failures", "error_text", "openings", "open_until"])
    queued = Sending.objects.filter(ae_title=lane.ae_title, state=SendingState.QUEUED)
    queued.filter(failing_since=None, next_attempt_at__lte=now).update(
        failing_since=now, error_code=PEER_CODES[0], error_text=lane.error_text
    )
    queued.filter(failing_since__lte=now - LONGEST).update(
        state=SendingState.GIVEN_UP, finished_at=now
    )


@transaction.atomic
def lane_works(lane: Lane) -> None:
    """The peer answers: its circuit is closed, and what waited for it is due now."""
    if not lane.failures:
        return
    lane.failures, lane.openings, lane.open_until, lane.error_text = 0, 0, None, ""
    lane.save(update_fields=["failures", "error_text", "openings", "open_until"])
    Sending.objects.filter(
        ae_title=lane.ae_title, state=SendingState.QUEUED, error_code__in=PEER_CODES
    ).update(next_attempt_at=clock.now())
