"""Write down what a receiver answered: on the message, and where it belongs in the hub."""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction
from django.db.models import F

from integrations.billing import services as billing
from integrations.hl7.outbound.answers import Answer
from integrations.hl7.outbound.models import UNSETTLED, OutboundMessage, OutboundState
from integrations.hl7.outbound.options import ENHANCED, WAIT, PeerOptions
from integrations.hl7.outbound.rules import RETRIED, SILENT, message_retry
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin
from worklist.exams import services as exams

logger = logging.getLogger(__name__)

OPEN = (*UNSETTLED, OutboundState.ACCEPTED)


def record_sending(row: OutboundMessage) -> bool:
    """Say that the message is written now; False where it was settled meanwhile."""
    now = clock.now()
    with transaction.atomic():
        rows = OutboundMessage.objects.filter(pk=row.pk, state__in=UNSETTLED)
        if not rows.update(state=OutboundState.SENT, sent_at=row.sent_at or now):
            return False
        if row.charge_id is not None and row.sent_at is None:
            billing.record_charge_sent(charge_id=row.charge_id, origin=origin_of(row))
    row.sent_at = row.sent_at or now
    return True


def record_answer(
    row: OutboundMessage, answer: Answer, frame: bytes, *, options: PeerOptions
) -> OutboundState:
    """Settle the message by the answer to it, and return the state it is in now.

    A commit acknowledgement of a receiver in enhanced mode (2.9.3) says only that the message is
    safe there: what its application says comes later.
    """
    if not answer.accepted:
        return record_failure(
            row,
            code=answer.failure,
            text=answer.text or answer.code,
            options=options,
            answer=answer,
            frame=frame,
        )
    only_kept = answer.code == "CA" and options.acknowledgement == ENHANCED
    state = OutboundState.ACCEPTED if only_kept else OutboundState.ACKNOWLEDGED
    now = clock.now()
    with transaction.atomic():
        changed = OutboundMessage.objects.filter(pk=row.pk, state__in=OPEN).update(
            state=state,
            attempts=F("attempts") + 1,
            acknowledged_at=None if only_kept else now,
            error_code="",
            ack_code=answer.code[:2],
            ack_text=answer.text[:300],
            ack_body=frame,
        )
        if changed and not only_kept:
            _tell(row, accepted=True, text=answer.text)
    logger.info("hl7.outbound.acknowledged", extra={"outbound": row.pk, "peer": row.peer_name})
    return state


def record_failure(
    row: OutboundMessage,
    *,
    code: str,
    text: str,
    options: PeerOptions,
    answer: Answer | None = None,
    frame: bytes = b"",
) -> OutboundState:
    """Write down that the message was not taken, and when it is sent again, if ever."""
    now = clock.now()
    attempts = row.attempts + 1
    again = message_retry(code=code, attempts=attempts, created_at=row.created_at, now=now)
    refused = again is None and answer is not None
    changes: dict[str, Any] = {
        "attempts": attempts,
        "error_code": code,
        "ack_code": answer.code[:2] if answer else "",
        "ack_text": text[:300],
        "ack_body": frame,
    }
    if again is None:
        changes["state"] = OutboundState.REJECTED if refused else OutboundState.DEAD
        changes["blocking"] = options.on_rejection == WAIT
    else:
        changes |= {"next_attempt_at": again, "state": OutboundState.SENT}
    with transaction.atomic():
        changed = OutboundMessage.objects.filter(pk=row.pk, state__in=OPEN).update(**changes)
        if changed and refused:
            _tell(row, accepted=False, text=text)
    row.attempts = attempts
    extra = {"outbound": row.pk, "peer": row.peer_name, "code": code, "attempts": attempts}
    logger.warning("hl7.outbound.refused" if refused else "hl7.outbound.failed", extra=extra)
    return OutboundState(changes["state"])


def record_untold(row: OutboundMessage, *, code: str, text: str, options: PeerOptions) -> None:
    """Write down that the message could not be sent: nothing is lost.

    It waits as long as its receiver is away, or until it can be read again; it is given up after
    a week.
    """
    changes: dict[str, Any] = {"error_code": code, "ack_text": text[:300]}
    again = message_retry(
        code=code if code in RETRIED else SILENT,
        attempts=row.attempts + 1,
        created_at=row.created_at,
        now=clock.now(),
    )
    if again is None:
        changes |= {"state": OutboundState.DEAD, "blocking": options.on_rejection == WAIT}
    elif code in RETRIED:
        changes["next_attempt_at"] = again
    OutboundMessage.objects.filter(pk=row.pk, state__in=UNSETTLED).update(
        attempts=F("attempts") + 1, **changes
    )


def _tell(row: OutboundMessage, *, accepted: bool, text: str) -> None:
    """Put the answer where it belongs: on the charge, or on the exam's timeline."""
    origin = origin_of(row)
    if row.charge_id is not None:
        billing.record_charge_answer(
            charge_id=row.charge_id, accepted=accepted, text=text, at=clock.now(), origin=origin
        )
    elif row.exam_id is not None:
        verb = "told" if accepted else "could not be told"
        what = WORDS.get(str(row.about.get("kind", "")), "the order status")
        exams.add_event(
            exams.lock_exam(row.exam_id),
            kind="announced",
            text=f"{row.peer_name} {verb} {what}{'' if accepted else f': {text}'}",
            origin=origin,
        )


WORDS = {
    "report": "the report",
    "images": "where the images are",
    "schedule": "the schedule",
}
"""What a message is about, in the words of an exam's timeline."""


def origin_of(row: OutboundMessage) -> Origin:
    """Return where what a receiver says comes from."""
    return Origin(
        door="hl7",
        actor=row.peer_name,
        source_kind="hl7-out",
        source_id=str(row.pk),
        correlation_id=row.correlation_id,
    )
