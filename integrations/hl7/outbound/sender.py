"""Send what is due: one conversation with a peer, each message answered before the next.

Nothing is written to a socket inside a transaction. A message that got no answer is sent again
unchanged, under the same MSH-10, so that the receiver can tell that it is the same.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from typing import Any, Final

from django.db import transaction
from django.db.models import F

from integrations.billing import services as billing
from integrations.hl7.mllp.client import MllpClient, NoAnswerInTime, PeerUnreachable
from integrations.hl7.outbound import answers, queries
from integrations.hl7.outbound.models import UNSETTLED, OutboundMessage, OutboundState
from pacs_hub.access.models import Direction, Hl7Peer
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Unavailable
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox import leases
from pacs_hub.outbox.backoff import Stop, after_failure
from worklist.exams import services as exams

logger = logging.getLogger(__name__)

CONNECT_SECONDS: Final = 5
ANSWER_SECONDS: Final = 20
LONGEST_WAIT_UNREACHABLE: Final = timedelta(seconds=30)  # asking again costs the peer nothing
BATCH: Final = 500


class PeerGone(Unavailable):
    """The receiver is not configured, or has no address."""

    code = "peer-unknown"


def send_due(*, lease_seconds: float, answer_seconds: float = ANSWER_SECONDS) -> int:
    """Send everything that is due, peer by peer, and return how many were answered.

    A peer somebody else talks to is left alone; one that cannot be reached does not hold up the
    others.
    """
    answered = 0
    tried: set[str] = set()
    while True:
        now = clock.now()
        waiting = queries.due(now=now).values_list("peer_name", flat=True)[:BATCH]
        peers = set(waiting) - tried - queries.peers_in_use(now=now)
        if not peers:
            return answered
        name = sorted(peers)[0]
        done, finished = _converse(name, lease_seconds, answer_seconds)
        answered += done
        if finished or not done:
            tried.add(name)


def _converse(name: str, lease_seconds: float, answer_seconds: float) -> tuple[int, bool]:
    """Send the due messages of one peer; False while another round may find more."""
    rows = list(queries.due(now=clock.now()).filter(peer_name=name)[:BATCH])
    answered = 0
    client: MllpClient | None = None
    try:
        for row in rows:
            if not _claim(row, lease_seconds):
                continue
            try:
                client = client or _connect(name, answer_seconds)
                answered += _send(row, client)
            except (PeerGone, PeerUnreachable, NoAnswerInTime) as error:
                _record_failure(row, code=error.error_code, text=error.text)
                return answered, True
    finally:
        if client is not None:
            client.close()
    return answered, not rows


def _claim(row: OutboundMessage, lease_seconds: float) -> bool:
    open_rows = OutboundMessage.objects.filter(state__in=UNSETTLED)
    return leases.claim(open_rows, pk=row.pk, now=clock.now(), seconds=lease_seconds)


def _connect(name: str, answer_seconds: float) -> MllpClient:
    peer = Hl7Peer.objects.filter(name=name, direction=Direction.OUT).first()
    if peer is None or not peer.host or not peer.port:
        raise PeerGone(f"{name} is not configured with a host and a port")
    client = MllpClient(
        host=peer.host,
        port=peer.port,
        connect_seconds=CONNECT_SECONDS,
        answer_seconds=answer_seconds,
    )
    OutboundMessage.objects.filter(  # it is there again: nobody has to wait any longer
        peer_name=name,
        state__in=UNSETTLED,
        error_code=PeerUnreachable.code,
        next_attempt_at__gt=clock.now(),
    ).update(next_attempt_at=clock.now())
    return client


def _send(row: OutboundMessage, client: MllpClient) -> int:
    origin = _origin(row)
    with transaction.atomic():
        first = row.sent_at is None
        OutboundMessage.objects.filter(pk=row.pk).update(
            state=OutboundState.SENT, sent_at=row.sent_at or clock.now()
        )
        if row.charge_id is not None and first:
            billing.record_charge_sent(charge_id=row.charge_id, origin=origin)
    frame = client.ask(bytes(row.body), answers=partial(answers.answers, control_id=row.control_id))
    answer = answers.read(frame)
    assert answer is not None
    if answer.accepted:
        _record_acceptance(row, answer, frame)
    else:
        _record_failure(
            row, code=answer.failure, text=answer.text or answer.code, answer=answer, frame=frame
        )
    return 1


def _record_acceptance(row: OutboundMessage, answer: answers.Answer, frame: bytes) -> None:
    now = clock.now()
    with transaction.atomic():
        OutboundMessage.objects.filter(pk=row.pk, state__in=UNSETTLED).update(
            state=OutboundState.ACKNOWLEDGED,
            attempts=F("attempts") + 1,
            acknowledged_at=now,
            claimed_until=None,
            error_code="",
            ack_code=answer.code[:2],
            ack_text=answer.text[:300],
            ack_body=frame,
        )
        _tell(row, accepted=True, text=answer.text)
    logger.info("hl7.outbound.acknowledged", extra={"outbound": row.pk, "peer": row.peer_name})


def _record_failure(
    row: OutboundMessage,
    *,
    code: str,
    text: str,
    answer: answers.Answer | None = None,
    frame: bytes = b"",
) -> None:
    now = clock.now()
    attempts = row.attempts + 1
    verdict = after_failure(code=code, attempts=attempts, now=now)
    changes: dict[str, Any] = {
        "attempts": attempts,
        "claimed_until": None,
        "error_code": code,
        "ack_code": answer.code[:2] if answer else "",
        "ack_text": text[:300],
        "ack_body": frame,
    }
    refused = isinstance(verdict, Stop) and answer is not None
    if isinstance(verdict, Stop):
        changes["state"] = OutboundState.REJECTED if refused else OutboundState.DEAD
    elif code == PeerUnreachable.code:
        changes["next_attempt_at"] = min(verdict.at, now + LONGEST_WAIT_UNREACHABLE)
    else:
        changes["next_attempt_at"] = verdict.at
    with transaction.atomic():
        OutboundMessage.objects.filter(pk=row.pk, state__in=UNSETTLED).update(**changes)
        if refused:
            _tell(row, accepted=False, text=text)
    extra = {"outbound": row.pk, "peer": row.peer_name, "code": code, "attempts": attempts}
    logger.warning("hl7.outbound.refused" if refused else "hl7.outbound.failed", extra=extra)


def _tell(row: OutboundMessage, *, accepted: bool, text: str) -> None:
    """Put the answer where it belongs: on the charge, or on the exam's timeline."""
    origin = _origin(row)
    if row.charge_id is not None:
        billing.record_charge_answer(
            charge_id=row.charge_id, accepted=accepted, text=text, at=clock.now(), origin=origin
        )
    elif row.exam_id is not None:
        verb = "told" if accepted else "could not be told"
        exams.add_event(
            exams.lock_exam(row.exam_id),
            kind="announced",
            text=f"{row.peer_name} {verb} the order status{'' if accepted else f': {text}'}",
            origin=origin,
        )


def _origin(row: OutboundMessage) -> Origin:
    return Origin(
        door="hl7",
        actor=row.peer_name,
        source_kind="hl7-out",
        source_id=str(row.pk),
        correlation_id=row.correlation_id,
    )
