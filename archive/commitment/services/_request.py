"""A request comes in, comes again, or is told once more because a person asks for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from archive.commitment.models import CommitmentReference, CommitmentRequest, CommitmentState
from archive.commitment.rules import Wish
from archive.commitment.services._check import REPORT_TASK
from pacs_hub.audit import services as audit
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict, Unknown
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox.publish import nudge_after_commit

CHECK_TASK: Final = "archive.check_commitments"
_FINISHED: Final = (CommitmentState.REPORTED, CommitmentState.GIVEN_UP)


class DuplicateTransaction(Conflict):
    """The Transaction UID was used before for other objects."""

    code = "duplicate-transaction"


class NoSuchRequest(Unknown):
    """There is no such request for storage commitment."""

    code = "no-such-commitment-request"


class NotGivenUp(Conflict):
    """The request is still under way, or its requester was told."""

    code = "not-given-up"


def request_commitment(
    *, wish: Wish, ae_title: str, origin: Origin, wait: timedelta
) -> CommitmentRequest:
    """Write down that these objects are to be checked; committed when this returns.

    The same transaction again is checked and reported again. `wait` is how long objects that
    are not here yet are waited for.

    Raises:
        DuplicateTransaction: the requester used the UID for other objects.
    """
    now = clock.now()
    with transaction.atomic():
        request, made = CommitmentRequest.objects.select_for_update().get_or_create(
            transaction_uid=wish.transaction_uid,
            ae_title=ae_title,
            door=origin.door,
            defaults={
                "actor": origin.actor[:150],
                "address": origin.address[:64],
                "correlation_id": origin.correlation_id,
                "references_sha256": wish.sha256,
                "number_of_references": len(wish.wanted),
                "state": CommitmentState.CHECKING,
                "requested_at": now,
                "wait_until": now + wait,
                "next_attempt_at": now,
            },
        )
        if made:
            CommitmentReference.objects.bulk_create(
                [
                    CommitmentReference(
                        request=request,
                        sop_class_uid=each.sop_class_uid,
                        sop_instance_uid=each.sop_instance_uid,
                    )
                    for each in wish.wanted
                ],
                batch_size=500,
            )
        elif request.references_sha256 != wish.sha256:
            raise DuplicateTransaction("the Transaction UID was used for other objects")
        elif request.state in _FINISHED:
            _start_again(request, now=now, wait=wait)
        nudge_after_commit(CHECK_TASK)
    return request


def _start_again(request: CommitmentRequest, *, now: datetime, wait: timedelta) -> None:
    request.references.update(verified_at=None, failure_reason=None)
    request.state = CommitmentState.CHECKING
    request.wait_until, request.next_attempt_at = now + wait, now
    request.number_committed = request.number_failed = 0
    request.checked_up_to = request.attempts = 0
    request.checked_at = request.reported_at = None
    request.error_code = request.error_text = ""
    request.save()


def retry(*, request_id: int, origin: Origin) -> CommitmentRequest:
    """Tell the requester now, though it was given up or is not due yet.

    Raises:
        NoSuchRequest: there is none of that id.
        NotGivenUp: its objects are still being checked, or its requester was told.
    """
    with transaction.atomic():
        request = CommitmentRequest.objects.select_for_update().filter(pk=request_id).first()
        if request is None:
            raise NoSuchRequest("there is no such request for storage commitment")
        if request.state not in {CommitmentState.GIVEN_UP, CommitmentState.REPORTING}:
            raise NotGivenUp("there is nothing to tell again")
        request.state = CommitmentState.REPORTING
        request.attempts, request.next_attempt_at = 0, clock.now()
        request.save(update_fields=["state", "attempts", "next_attempt_at"])
        audit.record(
            action="update",
            object_type="commitment",
            object_id=request.transaction_uid,
            origin=origin,
            detail=f"report to {request.ae_title} tried again by hand",
        )
        nudge_after_commit(REPORT_TASK)
    return request
