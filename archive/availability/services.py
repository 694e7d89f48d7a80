"""Queue notifications when a study has settled, and follow up what became of each."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from archive.availability.models import AvailabilityNotice, NoticeState
from archive.requestor.retries import next_call
from archive.store.models import Series
from archive.store.queries import present
from pacs_hub.access.queries import dicom_peers
from pacs_hub.audit import services as audit
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict, Unknown
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox import leases
from pacs_hub.outbox.publish import nudge_after_commit

logger = logging.getLogger(__name__)

SEND_TASK: Final = "archive.send_notices"
LEASE_SECONDS: Final = 300


class NoSuchNotice(Unknown):
    """There is no such notification."""

    code = "no-such-notice"


class NotOpen(Conflict):
    """The notification was sent."""

    code = "notice-was-sent"


@transaction.atomic
def queue_notices(*, study_id: int, settled_at: datetime, origin: Origin) -> int:
    """Queue one notification for each peer that wants them and each performed step of the study.

    The same settling is told once, however often this is called; returns how many are new.
    """
    peers = [peer.ae_title for peer in dicom_peers() if peer.options.get("notify")]
    if not peers:
        return 0
    steps = set(
        Series.objects.filter(present(), study_id=study_id)
        .values_list("performed_step_uid", flat=True)
        .distinct()
    )
    made = 0
    for ae_title in peers:
        for step in sorted(steps):
            _, is_new = AvailabilityNotice.objects.get_or_create(
                study_id=study_id,
                ae_title=ae_title,
                performed_step_uid=step,
                settled_at=settled_at,
                defaults={
                    "sop_instance_uid": f"2.25.{uuid.uuid4().int}",
                    "correlation_id": origin.correlation_id,
                    "created_at": clock.now(),
                    "next_attempt_at": clock.now(),
                },
            )
            made += is_new
    if made:
        nudge_after_commit(SEND_TASK)
    return made


def due_notices(*, limit: int) -> list[AvailabilityNotice]:
    """Return the notifications that may be sent now, the longest due first."""
    now = clock.now()
    rows = AvailabilityNotice.objects.select_related("study").filter(
        leases.free(now), state=NoticeState.QUEUED, next_attempt_at__lte=now
    )
    return list(rows.order_by("next_attempt_at", "pk")[:limit])


def claim_notice(*, notice_id: int) -> bool:
    """Take the notification as ours to send; False when another process was faster."""
    queued = AvailabilityNotice.objects.filter(state=NoticeState.QUEUED)
    return leases.claim(queued, pk=notice_id, now=clock.now(), seconds=LEASE_SECONDS)


def sent(*, notice_id: int) -> None:
    """The peer took the notification."""
    _queued(notice_id).update(
        state=NoticeState.SENT,
        sent_at=clock.now(),
        claimed_until=None,
        error_code="",
        error_text="",
    )
    logger.info("archive.notice.sent", extra={"notice": notice_id})


def not_sent(*, notice_id: int, code: str, text: str, never_again: bool = False) -> None:
    """The peer did not take it: later again, or never, and then a person has to look."""
    notice = AvailabilityNotice.objects.get(pk=notice_id)
    attempts, now = notice.attempts + 1, clock.now()
    later = None if never_again else next_call(attempts=attempts, now=now)
    state = NoticeState.QUEUED
    if later is None:
        state = NoticeState.REFUSED if never_again else NoticeState.GIVEN_UP
    _queued(notice_id).update(
        state=state,
        next_attempt_at=later or now,
        attempts=attempts,
        claimed_until=None,
        error_code=code[:40],
        error_text=text[:300],
    )
    logger.warning(
        "archive.notice.not_sent",
        extra={"notice": notice_id, "code": code, "attempts": attempts, "state": state.value},
    )


def forget_sent(*, before: datetime, limit: int) -> int:
    """Delete at most `limit` notifications that were sent `before` then; returns how many."""
    old = AvailabilityNotice.objects.filter(state=NoticeState.SENT, sent_at__lt=before)
    pks = list(old.order_by("sent_at").values_list("pk", flat=True)[:limit])
    AvailabilityNotice.objects.filter(pk__in=pks).delete()
    return len(pks)


@transaction.atomic
def retry(*, notice_id: int, origin: Origin) -> AvailabilityNotice:
    """Send a notification now that was refused, given up, or is not due yet.

    Raises:
        NoSuchNotice: there is none of that id.
        NotOpen: it was sent.
    """
    notice = AvailabilityNotice.objects.select_for_update().filter(pk=notice_id).first()
    if notice is None:
        raise NoSuchNotice("there is no such notification")
    if notice.state == NoticeState.SENT:
        raise NotOpen("the notification was sent")
    notice.state = NoticeState.QUEUED
    notice.attempts, notice.next_attempt_at = 0, clock.now()
    notice.save(update_fields=["state", "attempts", "next_attempt_at"])
    audit.record(
        action="update",
        object_type="notice",
        object_id=notice.sop_instance_uid,
        origin=origin,
        detail=f"notification of {notice.ae_title} tried again by hand",
    )
    nudge_after_commit(SEND_TASK)
    return notice


def _queued(notice_id: int) -> QuerySet[AvailabilityNotice]:
    return AvailabilityNotice.objects.filter(pk=notice_id, state=NoticeState.QUEUED)
