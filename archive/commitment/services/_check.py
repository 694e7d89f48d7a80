"""Read the objects of a request back from where they are kept, a bounded amount at a time."""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q, Sum

from archive.commitment.models import CommitmentReference, CommitmentRequest, CommitmentState
from archive.commitment.rules import Failure
from archive.storage.area import StorageArea
from archive.store.models import Instance
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Unavailable, Unknown
from pacs_hub.outbox import leases
from pacs_hub.outbox.publish import nudge_after_commit

logger = logging.getLogger(__name__)

REPORT_TASK: Final = "archive.send_commitment_reports"
PAGE: Final = 100
LEASE_SECONDS: Final = 300  # one object of many gigabytes may be read from far away
LOOK_AGAIN: Final = timedelta(seconds=20)
STORAGE_AWAY: Final = timedelta(minutes=1)
AT_ONCE_BYTES: Final = 300 * 1024 * 1024
_BLOCK: Final = 1024 * 1024
_LOOK: Final = 16 * 1024  # bytes one object counts for at least: looking it up costs too
_OPEN: Final = Q(verified_at__isnull=True, failure_reason__isnull=True)


def check_due(*, area: StorageArea, budget_bytes: int) -> int:
    """Check what is due until about `budget_bytes` were read; returns what it cost.

    An object that is larger than what is left of the budget is still read to its end.
    """
    now, read = clock.now(), 0
    due = CommitmentRequest.objects.filter(
        leases.free(now), state=CommitmentState.CHECKING, next_attempt_at__lte=now
    ).order_by("next_attempt_at", "pk")
    for request in due[:PAGE]:
        if read >= budget_bytes:
            break
        read += _check(request, area=area, budget_bytes=budget_bytes - read)
    return read


def check_now(*, request_id: int, area: StorageArea, within: timedelta) -> bool:
    """Check one request at once, but no longer than `within`; True when that is done.

    It is not when an object is missing, or too much is to be read: the sweep goes on with it.
    """
    started = clock.now()
    request = CommitmentRequest.objects.get(pk=request_id)
    wanted = request.references.values("sop_instance_uid")
    size = Instance.objects.filter(sop_instance_uid__in=wanted).aggregate(all=Sum("size"))["all"]
    if (size or 0) > AT_ONCE_BYTES:
        return False
    while clock.now() - started < within:
        if request.state != CommitmentState.CHECKING or request.next_attempt_at > clock.now():
            break
        _check(request, area=area, budget_bytes=8 * _BLOCK)
        request.refresh_from_db()
    return not request.is_open


def _check(request: CommitmentRequest, *, area: StorageArea, budget_bytes: int) -> int:
    """Go on with a request, unless somebody else does; returns the bytes read."""
    checking = CommitmentRequest.objects.filter(state=CommitmentState.CHECKING)
    if not leases.claim(checking, pk=request.pk, now=clock.now(), seconds=LEASE_SECONDS):
        return 0
    request.refresh_from_db()
    read = 0
    try:
        while read < budget_bytes:
            page = list(
                request.references.filter(_OPEN, pk__gt=request.checked_up_to).order_by("pk")[:PAGE]
            )
            if not page:
                _end_round(request)
                break
            read += _check_page(request, page, area=area, budget_bytes=budget_bytes - read)
            request.next_attempt_at = clock.now()  # others that wait come first next time
    except Unavailable as error:
        logger.warning("archive.commitment.storage_away", extra={"request": request.pk})
        request.error_code, request.error_text = error.error_code, error.text
        request.next_attempt_at = clock.now() + STORAGE_AWAY
    finally:
        request.claimed_until = None
        request.save()
    return read


def _check_page(
    request: CommitmentRequest,
    page: list[CommitmentReference],
    *,
    area: StorageArea,
    budget_bytes: int,
) -> int:
    """Look at the objects of a page while the budget lasts; what was found is saved."""
    rows = {
        row.sop_instance_uid: row
        for row in Instance.objects.filter(
            sop_instance_uid__in=[reference.sop_instance_uid for reference in page]
        ).only("sop_instance_uid", "sop_class_uid", "storage_key", "size", "sha256")
    }
    read, seen = 0, []
    try:
        for reference in page:
            if read >= budget_bytes:
                break
            row = rows.get(reference.sop_instance_uid)
            read += _LOOK
            if row is not None:
                failure = _failure_of(row, reference, area=area)
                reference.failure_reason = failure
                reference.verified_at = None if failure else clock.now()
                read += max(row.size - _LOOK, 0)
            seen.append(reference)
    finally:
        if seen:
            CommitmentReference.objects.bulk_update(seen, ["verified_at", "failure_reason"])
            request.checked_up_to = seen[-1].pk
    return read


def _failure_of(
    row: Instance, reference: CommitmentReference, *, area: StorageArea
) -> Failure | None:
    if row.sop_class_uid != reference.sop_class_uid:
        return Failure.CLASS_CONFLICT
    try:
        digest, length = hashlib.sha256(), 0
        with area.open(row.storage_key) as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                length += len(block)
    except (Unknown, OSError) as error:
        logger.error("archive.commitment.unreadable", extra={"instance": row.pk}, exc_info=error)
        return Failure.PROCESSING
    if (length, digest.hexdigest()) == (row.size, row.sha256):
        return None
    logger.error("archive.commitment.corrupt", extra={"instance": row.pk})
    return Failure.PROCESSING


def _end_round(request: CommitmentRequest) -> None:
    """All was looked at: done, or once more later for what is not here yet."""
    now = clock.now()
    missing = request.references.filter(_OPEN)
    if now < request.wait_until and missing.exists():
        request.checked_up_to = 0
        request.next_attempt_at = min(now + LOOK_AGAIN, request.wait_until)
        return
    with transaction.atomic():
        missing.update(failure_reason=Failure.NOT_FOUND)
        failed = request.references.filter(failure_reason__isnull=False).count()
        request.number_failed = failed
        request.number_committed = request.number_of_references - failed
        request.error_code = request.error_text = ""
        request.checked_at = request.next_attempt_at = now
        request.state = _after_check(request, now)
        request.save()
        nudge_after_commit(REPORT_TASK)


def _after_check(request: CommitmentRequest, now: datetime) -> CommitmentState:
    if request.ae_title:
        return CommitmentState.REPORTING
    request.reported_at = now  # over HTTP the requester comes and asks
    return CommitmentState.REPORTED
