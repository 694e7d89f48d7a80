"""Send notifications on associations of ours: N-CREATE to each peer that wants them (PS3.4 R)."""

from __future__ import annotations

from typing import Final

from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from archive.availability import services
from archive.availability.models import AvailabilityNotice
from archive.availability.queries import content_of
from archive.availability.rules import ALREADY_THERE, NEVER_AGAIN, NOTIFICATION
from archive.requestor.association import open_association
from archive.requestor.peers import configured_peer
from archive.requestor.proposal import Wanted
from archive.requestor.requests import n_create
from archive.requestor.retries import took_it
from archive.requestor.rounds import tell_each
from pacs_hub.kernel.errors import Conflict, HubError, Unavailable

NOTICES_A_TICK: Final = 50
SYNTAXES: Final = (str(ExplicitVRLittleEndian), str(ImplicitVRLittleEndian))


class NotTaken(Unavailable):
    """The peer answered with a failure that may pass."""

    code = "notice-not-taken"


class NeverTaken(Conflict):
    """The peer answered that it does not know such notifications."""

    code = "notice-refused"


def send_due(*, ours: str, limit: int = NOTICES_A_TICK) -> int:
    """Send what is due; returns how many were taken. `ours` is our AE title.

    A peer that is away is called once, whatever else waits for it.
    """

    def not_sent(notice: AvailabilityNotice, error: HubError) -> None:
        services.not_sent(
            notice_id=notice.pk,
            code=error.error_code,
            text=error.text,
            never_again=isinstance(error, NeverTaken),
        )

    return tell_each(
        services.due_notices(limit=limit),
        claim=lambda notice: services.claim_notice(notice_id=notice.pk),
        tell=lambda notice: _send(notice, ours=ours),
        told=lambda notice: services.sent(notice_id=notice.pk),
        not_told=not_sent,
    )


def _send(notice: AvailabilityNotice, *, ours: str) -> None:
    peer = configured_peer(notice.ae_title, ours=ours)
    with open_association(
        peer, contexts=[Wanted(abstract_syntax=NOTIFICATION, transfer_syntaxes=SYNTAXES)]
    ) as association:
        answer = n_create(
            association,
            sop_class_uid=NOTIFICATION,
            sop_instance_uid=notice.sop_instance_uid,
            data_set=content_of(notice, retrieve_ae_title=ours),
        )
    if took_it(answer.status) or answer.status == ALREADY_THERE:
        return
    text = f"{notice.ae_title} answered 0x{answer.status:04X} {answer.comment}".rstrip()
    if answer.status in NEVER_AGAIN:
        raise NeverTaken(text)
    raise NotTaken(text)
