"""Requests for storage commitment as pages and reports need them; reads only."""

from __future__ import annotations

from django.db.models import QuerySet
from pydicom import Dataset

from archive.commitment.models import CommitmentRequest, CommitmentState
from archive.commitment.rules import EventType, Wanted, answer


def requests(*, state: str = "") -> QuerySet[CommitmentRequest]:
    """Return the requests, latest first: all, or those of one state."""
    rows = CommitmentRequest.objects.order_by("-requested_at", "-pk")
    return rows.filter(state=state) if state else rows


def waiting() -> QuerySet[CommitmentRequest]:
    """Return those still under way: being checked, or their requester not told yet."""
    states = (CommitmentState.CHECKING, CommitmentState.REPORTING)
    return CommitmentRequest.objects.filter(state__in=states).order_by("requested_at", "pk")


def need_a_person() -> QuerySet[CommitmentRequest]:
    """Return those whose requester could not be told, or where an object is not kept safely."""
    rows = CommitmentRequest.objects.order_by("-requested_at", "-pk")
    return rows.filter(state=CommitmentState.GIVEN_UP) | rows.filter(number_failed__gt=0)


def request_of(request_id: int) -> CommitmentRequest:
    """Return the request of that id, which is there."""
    return CommitmentRequest.objects.get(pk=request_id)


def over_http(transaction_uid: str) -> CommitmentRequest | None:
    """Return the request made over HTTP under that Transaction UID."""
    return CommitmentRequest.objects.filter(
        transaction_uid=transaction_uid, ae_title="", door="http"
    ).first()


def result(request: CommitmentRequest, *, retrieve_ae_title: str) -> tuple[EventType, Dataset]:
    """Return what the requester is told: of each object, whether it is kept."""
    rows = list(
        request.references.order_by("pk").values_list(
            "sop_class_uid", "sop_instance_uid", "failure_reason"
        )
    )
    found = [
        (Wanted(sop_class_uid=sop_class, sop_instance_uid=instance), reason)
        for sop_class, instance, reason in rows
    ]
    return answer(
        transaction_uid=request.transaction_uid,
        retrieve_ae_title=retrieve_ae_title,
        committed=(wanted for wanted, reason in found if reason is None),
        failed=((wanted, reason) for wanted, reason in found if reason is not None),
    )
