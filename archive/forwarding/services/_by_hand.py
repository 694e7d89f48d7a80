"""A person sends something, pauses it, goes on with it, tries again or cancels."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Final

from django.db import transaction
from django.db.models import F

from archive.forwarding.models import ItemState, Lane, Sending, SendingState
from archive.forwarding.queries import NoSuchSending
from archive.forwarding.services._queue import SEND_TASK, How, queue
from archive.store.models import Instance, Study
from archive.store.queries import shown
from pacs_hub.access.queries import dicom_peer
from pacs_hub.audit import services as audit
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict, Unknown
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox.publish import nudge_after_commit

_OPEN: Final = (SendingState.QUEUED, SendingState.PAUSED)


class DestinationUnknown(Unknown):
    """Nobody of that title is configured with host and port."""

    code = "unknown-destination"


class NotInThatState(Conflict):
    """The state of the sending does not allow it."""

    code = "sending-state"


@transaction.atomic
def send_by_hand(
    *, instances: Sequence[Instance], ae_title: str, how: How, origin: Origin, role: str = ""
) -> list[Sending]:
    """Queue what a person chose for a peer, ahead of what rules send; one sending a study.

    Raises:
        DestinationUnknown: the peer is not configured with host and port.
        NoSuchWay: it cannot be sent like that.
    """
    how.checked()
    peer = dicom_peer(ae_title)
    if peer is None or not peer.host or not peer.port:
        raise DestinationUnknown(
            "the destination is not configured with host and port", field="destination"
        )
    by_study: dict[int, list[int]] = {}
    for row in instances:
        by_study.setdefault(row.study_id, []).append(row.pk)
    key = f"manual:{uuid.uuid4().hex}"
    out: list[Sending] = []
    for study in Study.objects.filter(pk__in=list(by_study)).order_by("pk"):
        rows = Instance.objects.filter(shown(), study=study)
        ids = by_study[study.pk]
        if len(ids) < rows.count():
            rows = rows.filter(pk__in=ids)
        made = queue(
            rows,
            study=study,
            ae_title=ae_title,
            request_key=key,
            how=how,
            origin=origin,
            priority=0,
        )
        audit.record(
            action="create",
            object_type="sending",
            object_id=made.sending.pk,
            origin=origin,
            role=role,
            patient_id=study.patient_id,
            detail=f"{made.added} objects to {ae_title}" + (" anonymised" if how.anonymise else ""),
        )
        out.append(made.sending)
    return out


@transaction.atomic
def retry(*, sending_id: int, origin: Origin, role: str = "") -> Sending:
    """Send now what is left of a sending, and again what the peer refused.

    Raises:
        NoSuchSending: there is none of that id.
        NotInThatState: everything of it was sent.
    """
    sending = _locked(sending_id)
    failed = sending.items.filter(state=ItemState.FAILED).update(
        state=ItemState.WAITING, status=None, error_text="", at=None
    )
    left = sending.items.filter(state=ItemState.WAITING).exists()
    if not left:
        raise NotInThatState("everything of it was sent")
    sending.number_failed = F("number_failed") - failed
    sending.state, sending.attempts, sending.failing_since = SendingState.QUEUED, 0, None
    sending.next_attempt_at, sending.finished_at = clock.now(), None
    sending.save()
    Lane.objects.filter(ae_title=sending.ae_title).update(open_until=None)
    return _said(sending, "tried again", origin, role)


def pause(*, sending_id: int, origin: Origin, role: str = "") -> Sending:
    """Leave the sending where it is until somebody resumes it.

    Raises:
        NoSuchSending: there is none of that id.
        NotInThatState: it is over.
    """
    return _become(sending_id, SendingState.PAUSED, {SendingState.QUEUED}, origin, role)


def resume(*, sending_id: int, origin: Origin, role: str = "") -> Sending:
    """Go on with a paused sending.

    Raises:
        NoSuchSending: there is none of that id.
        NotInThatState: it is not paused.
    """
    return _become(sending_id, SendingState.QUEUED, {SendingState.PAUSED}, origin, role)


def cancel(*, sending_id: int, origin: Origin, role: str = "") -> Sending:
    """Send nothing more of it, also nothing that comes late.

    Raises:
        NoSuchSending: there is none of that id.
        NotInThatState: it is over.
    """
    allowed = {*_OPEN, SendingState.FAILED, SendingState.GIVEN_UP}
    return _become(sending_id, SendingState.CANCELLED, allowed, origin, role)


@transaction.atomic
def _become(
    sending_id: int, state: SendingState, before: Collection[str], origin: Origin, role: str
) -> Sending:
    sending = _locked(sending_id)
    if sending.state not in before:
        raise NotInThatState(f"the sending is {sending.state}")
    sending.state = state
    if state == SendingState.QUEUED:
        sending.next_attempt_at = clock.now()
    elif state == SendingState.CANCELLED:
        sending.finished_at = clock.now()
    sending.save()
    return _said(sending, str(state.value), origin, role)


def _locked(sending_id: int) -> Sending:
    rows = Sending.objects.select_for_update().select_related("study")
    sending = rows.filter(pk=sending_id).first()
    if sending is None:
        raise NoSuchSending("there is no such sending")
    return sending


def _said(sending: Sending, what: str, origin: Origin, role: str) -> Sending:
    audit.record(
        action="update",
        object_type="sending",
        object_id=sending.pk,
        origin=origin,
        role=role,
        patient_id=sending.study.patient_id,
        detail=f"{what} by hand, to {sending.ae_title}",
    )
    if sending.state == SendingState.QUEUED:
        nudge_after_commit(SEND_TASK)
    sending.refresh_from_db()
    return sending
