"""Tell requesters on an association of ours what became of their objects (PS3.4 J.3.3)."""

from __future__ import annotations

from typing import Final

from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from archive.commitment import services
from archive.commitment.models import CommitmentRequest
from archive.commitment.queries import result
from archive.commitment.rules import STORAGE_COMMITMENT, WELL_KNOWN_INSTANCE
from archive.requestor.association import open_association
from archive.requestor.peers import configured_peer
from archive.requestor.proposal import Wanted
from archive.requestor.requests import n_event_report
from archive.requestor.retries import took_it
from archive.requestor.rounds import tell_each
from archive.upper_layer.negotiation import Roles
from pacs_hub.kernel.errors import Unavailable

REPORTS_A_TICK: Final = 50
SYNTAXES: Final = (str(ExplicitVRLittleEndian), str(ImplicitVRLittleEndian))


class NotTaken(Unavailable):
    """The requester answered the report with a failure."""

    code = "report-not-taken"


def send_due(*, ours: str, limit: int = REPORTS_A_TICK) -> int:
    """Send the reports that are due; returns how many were taken. `ours` is our AE title.

    A requester that is away is called once, whatever else waits for it.
    """
    return tell_each(
        services.due_reports(limit=limit),
        claim=lambda request: services.claim_report(request_id=request.pk),
        tell=lambda request: _send(request, ours=ours),
        told=lambda request: services.told(request_id=request.pk),
        not_told=lambda request, error: services.not_told(
            request_id=request.pk, code=error.error_code, text=error.text
        ),
    )


def check_answer(status: int, *, ae_title: str, comment: str) -> None:
    """Take the requester's answer to the report.

    Raises:
        NotTaken: it is a failure.
    """
    if not took_it(status):
        text = f"{ae_title} answered the report with 0x{status:04X}"
        raise NotTaken(f"{text}: {comment}" if comment else text)


def _send(request: CommitmentRequest, *, ours: str) -> None:
    event_type, report = result(request, retrieve_ae_title=ours)
    with open_association(
        configured_peer(request.ae_title, ours=ours, port_option="commit_port"),
        contexts=[Wanted(abstract_syntax=STORAGE_COMMITMENT, transfer_syntaxes=SYNTAXES)],
        # A peer that does not answer the roles is told all the same: many take the report.
        roles={STORAGE_COMMITMENT: Roles(scu=False, scp=True)},
    ) as association:
        answer = n_event_report(
            association,
            sop_class_uid=STORAGE_COMMITMENT,
            sop_instance_uid=WELL_KNOWN_INSTANCE,
            event_type=event_type,
            data_set=report,
        )
    check_answer(answer.status, ae_title=request.ae_title, comment=answer.comment)
