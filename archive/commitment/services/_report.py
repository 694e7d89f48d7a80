"""Follow up the reports: which are due, which were told, which were not and why."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

from archive.commitment.models import CommitmentReference, CommitmentRequest, CommitmentState
from archive.requestor.retries import next_call
from pacs_hub.kernel import clock
from pacs_hub.outbox import leases

logger = logging.getLogger(__name__)

LEASE_SECONDS: Final = 300


def due_reports(*, limit: int) -> list[CommitmentRequest]:
    """Return the requests whose report may be sent now, the longest due first."""
    now = clock.now()
    rows = CommitmentRequest.objects.filter(
        leases.free(now), state=CommitmentState.REPORTING, next_attempt_at__lte=now
    )
    return list(rows.order_by("next_attempt_at", "pk")[:limit])


def claim_report(*, request_id: int) -> bool:
    """Take the report as ours to send; False when another process was faster."""
    reporting = CommitmentRequest.objects.filter(state=CommitmentState.REPORTING)
    return leases.claim(reporting, pk=request_id, now=clock.now(), seconds=LEASE_SECONDS)


def told(*, request_id: int) -> None:
    """The requester took the report."""
    CommitmentRequest.objects.filter(pk=request_id, state=CommitmentState.REPORTING).update(
        state=CommitmentState.REPORTED,
        reported_at=clock.now(),
        claimed_until=None,
        error_code="",
        error_text="",
    )
    logger.info("archive.commitment.reported", extra={"request": request_id})


def not_told(*, request_id: int, code: str, text: str) -> None:
    """The requester did not take the report: later again, or a person has to look."""
    request = CommitmentRequest.objects.get(pk=request_id)
    attempts, now = request.attempts + 1, clock.now()
    later = next_call(attempts=attempts, now=now)
    CommitmentRequest.objects.filter(pk=request_id, state=CommitmentState.REPORTING).update(
        state=CommitmentState.GIVEN_UP if later is None else CommitmentState.REPORTING,
        next_attempt_at=later or now,
        attempts=attempts,
        claimed_until=None,
        error_code=code[:40],
        error_text=text[:300],
    )
    logger.warning(
        "archive.commitment.given_up" if later is None else "archive.commitment.not_told",
        extra={"request": request_id, "code": code, "attempts": attempts},
    )


def forget_told(*, before: datetime, limit: int) -> int:
    """Delete at most `limit` requests whose requesters were told `before` then.

    One with objects that were not kept, and one nobody could be told of, stays for a person.
    """
    old = CommitmentRequest.objects.filter(
        state=CommitmentState.REPORTED, number_failed=0, reported_at__lt=before
    )
    pks = list(old.order_by("reported_at").values_list("pk", flat=True)[:limit])
    CommitmentReference.objects.filter(request__in=pks).delete()
    CommitmentRequest.objects.filter(pk__in=pks).delete()
    return len(pks)


def put_back(*, request_id: int) -> None:
    """Nobody was asked: whoever looks next may send the report."""
    CommitmentRequest.objects.filter(pk=request_id).update(claimed_until=None)
