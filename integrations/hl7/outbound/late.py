"""Answers that come when nobody waits for them (HL7 v2.5.1 2.9.3): kept, and told apart."""

from __future__ import annotations

import logging

from django.db import transaction

from integrations.hl7.outbound import answers, settling
from integrations.hl7.outbound.answers import Answer
from integrations.hl7.outbound.models import (
    AnswerKind,
    OutboundAnswer,
    OutboundMessage,
    OutboundState,
)
from integrations.hl7.outbound.options import ENHANCED, PeerOptions
from pacs_hub.kernel import clock

logger = logging.getLogger(__name__)

KEPT_BYTES = 64 * 1024


def take(peer_name: str, frame: bytes) -> OutboundAnswer:
    """Keep an answer nobody waited for, on the row of the message it names.

    What an application says after a commit acknowledgement settles its message; any other is
    written down and changes nothing.
    """
    answer = answers.read(frame) or Answer("", "", "not an acknowledgement", "")
    row = _named(answer, peer_name)
    options = PeerOptions.of(row.peer.options if row is not None and row.peer else {})
    kind = _kind(row, answer, options)
    with transaction.atomic():
        kept = OutboundAnswer.objects.create(
            message=row,
            peer_name=peer_name[:80],
            kind=kind,
            control_id=answer.control_id[:199],
            code=answer.code[:2],
            text=answer.text[:300],
            body=frame[:KEPT_BYTES],
            at=clock.now(),
        )
        if kind == AnswerKind.APPLICATION and row is not None:
            settling.record_answer(row, answer, frame, options=options)
    logger.info("hl7.outbound.answer.kept", extra={"answer": kept.pk, "kind": kind})
    return kept


def _named(answer: Answer, peer_name: str) -> OutboundMessage | None:
    if not answer.control_id:
        return None
    rows = OutboundMessage.objects.select_related("peer").filter(control_id=answer.control_id)
    return rows.filter(peer_name=peer_name).first() or rows.first()


def _kind(row: OutboundMessage | None, answer: Answer, options: PeerOptions) -> AnswerKind:
    """Tell it apart; an application may answer before its commit is written down here."""
    if row is None or not answer.code:
        return AnswerKind.UNASKED
    from_application = answer.code in ("AA", "AE", "AR")
    on_its_way = row.state == OutboundState.SENT and options.acknowledgement == ENHANCED
    waits = row.state == OutboundState.ACCEPTED or on_its_way
    return AnswerKind.APPLICATION if from_application and waits else AnswerKind.LATE
