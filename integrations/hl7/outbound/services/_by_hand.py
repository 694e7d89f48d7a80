"""What a person decides about a message that was refused or given up: once more, or never."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from django.db import transaction

from integrations.hl7.outbound import queries, topics
from integrations.hl7.outbound.models import OutboundMessage, OutboundState
from integrations.hl7.outbound.services._queue import SEND_TASK, queue_for
from integrations.hl7.outbound.topics import Topic, from_about
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict, Unavailable
from pacs_hub.outbox.publish import nudge_after_commit

FAILED: Final = frozenset({OutboundState.REJECTED, OutboundState.DEAD})


class NotToBeSentAgain(Conflict):
    """Only a message that was refused or given up is sent again, and once at a time."""

    code = "not-to-be-sent-again"


class NotToBeSkipped(Conflict):
    """Only a message that was refused or given up is skipped."""

    code = "not-to-be-skipped"


class PeerNotConfigured(Unavailable):
    """The receiver is not in the configuration any more."""

    code = "peer-unknown"


def resend(*, outbound_id: int) -> OutboundMessage:
    """Queue a refused or given-up message again: new MSH-10, written from what is known now.

    It takes the place of the refused one: what waits behind that one goes after it. FT1-2 of a
    charge stays what it was (RAD-35), so that a receiver can tell it from a new one.

    Raises:
        NoSuchMessage: there is none.
        NotToBeSentAgain: it was neither refused nor given up, or is on its way again.
        PeerNotConfigured: its receiver is not configured any more.
    """
    with transaction.atomic():
        row = queries.message(outbound_id)
        base = row.natural_key.partition("#")[0]
        about_same = OutboundMessage.objects.select_for_update().filter(
            peer_name=row.peer_name, natural_key__startswith=base
        )
        same = [one for one in about_same if one.natural_key.partition("#")[0] == base]
        if {one.state for one in same} - FAILED - {OutboundState.SKIPPED}:
            raise NotToBeSentAgain("the message is on its way, or was accepted")
        if base.startswith("answer:"):
            raise NotToBeSentAgain("an acknowledgement is not written a second time")
        peer = queries.receiver(row.peer_name)
        if peer is None:
            raise PeerNotConfigured(f"{row.peer_name} is not configured any more")
        topic = replace(_topic_of(row), natural_key=f"{base}#{len(same) + 1}")
        latest = max(same, key=lambda one: one.pk)
        again = queue_for(peer, topic, form=row.message_type, resend_of=latest)
        if again is None:
            raise NotToBeSentAgain("the message is on its way again")
        OutboundMessage.objects.filter(pk__in=[one.pk for one in same]).update(blocking=False)
        return again


def skip(*, outbound_id: int, reason: str) -> OutboundMessage:
    """Say that a refused or given-up message need not go; what waited behind it goes on.

    Raises:
        NoSuchMessage: there is none.
        NotToBeSkipped: it was neither refused nor given up.
    """
    with transaction.atomic():
        row = queries.message(outbound_id)
        changed = OutboundMessage.objects.filter(pk=row.pk, state__in=FAILED).update(
            state=OutboundState.SKIPPED, blocking=False, ack_text=f"skipped: {reason}"[:300]
        )
        if not changed:
            raise NotToBeSkipped("only a message that was refused or given up is skipped")
        nudge_after_commit(SEND_TASK)
    row.refresh_from_db()
    return row


def _topic_of(row: OutboundMessage) -> Topic:
    """Return what the message was about; rows of earlier releases say it in their key."""
    if row.about:
        return from_about(row.about, natural_key=row.natural_key, correlation_id=row.correlation_id)
    assert row.exam is not None
    patient = row.exam.patient
    return Topic(
        kind=topics.CHARGE if row.charge_id else topics.ORDER_STATUS,
        natural_key=row.natural_key,
        correlation_id=row.correlation_id,
        at=clock.now(),
        patient_id=patient.survivor_id or patient.pk,
        exam_id=row.exam.pk,
        charge_id=row.charge_id or 0,
        change="" if row.charge_id else row.natural_key.partition("#")[0].rpartition(":")[2],
    )
