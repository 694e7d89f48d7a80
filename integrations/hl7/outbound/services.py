"""Queue messages, once each, in the transaction of what they tell of."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from integrations.billing.models import Charge
from integrations.hl7 import charset
from integrations.hl7.maps.charge2dft import dft_p03
from integrations.hl7.maps.outgoing import Envelope
from integrations.hl7.maps.step2status import orm_o01
from integrations.hl7.outbound import queries
from integrations.hl7.outbound.models import OutboundMessage, OutboundState
from pacs_hub.access.models import Direction, Hl7Peer
from pacs_hub.access.queries import hl7_receivers, site
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict, Unavailable
from pacs_hub.outbox.publish import nudge_after_commit
from worklist.models import Exam

SEND_TASK: Final = "integrations.hl7.send_due"
ORDER_STATUS: Final = "ORM^O01"
CHARGE: Final = "DFT^P03"
WAITING_BATCH: Final = 200


class NotToBeSentAgain(Conflict):
    """Only a message that was refused or given up is sent again, and once at a time."""

    code = "not-to-be-sent-again"


class PeerNotConfigured(Unavailable):
    """The receiver is not in the configuration any more."""

    code = "peer-unknown"


@dataclass(frozen=True, kw_only=True)
class _Topic:
    """What a message is about; enough to write it again from what is known now."""

    message_type: str
    natural_key: str
    exam: Exam
    correlation_id: str
    at: datetime
    status: str = ""
    charge: Charge | None = None
    resend_of: OutboundMessage | None = None


def queue_order_status(
    *, exam_id: int, status: str, at: datetime, correlation_id: str
) -> list[OutboundMessage]:
    """Queue ORM^O01 with ORC-5 `status` for every peer that asked for order status.

    Raises:
        Incomplete: the order or the patient cannot be told of.
    """
    peers = hl7_receivers(ORDER_STATUS)
    if not peers:
        return []
    topic = _Topic(
        message_type=ORDER_STATUS,
        natural_key=f"exam:{exam_id}:status:{status}",
        exam=queries.exam_for_message(exam_id),
        correlation_id=correlation_id,
        at=at,
        status=status,
    )
    return [row for peer in peers if (row := _queue(topic, peer)) is not None]


def queue_dft(*, charge_id: int, correlation_id: str) -> list[OutboundMessage]:
    """Queue DFT^P03 for every peer that asked for charges.

    Raises:
        Incomplete: the charge or the patient cannot be told of.
    """
    peers = hl7_receivers(CHARGE)
    if not peers:
        return []
    charge = Charge.objects.get(pk=charge_id)
    topic = _Topic(
        message_type=CHARGE,
        natural_key=f"charge:{charge_id}",
        exam=queries.exam_for_message(charge.exam_id),
        correlation_id=correlation_id,
        at=clock.now(),
        charge=charge,
    )
    return [row for peer in peers if (row := _queue(topic, peer)) is not None]


def queue_waiting_charges() -> int:
    """Queue the charges that were ready before anybody wanted them; returns how many."""
    if not hl7_receivers(CHARGE):
        return 0
    waiting = list(queries.charges_never_queued()[:WAITING_BATCH])
    for charge in waiting:
        with transaction.atomic():
            queue_dft(charge_id=charge.pk, correlation_id=charge.correlation_id)
    return len(waiting)


def _queue(topic: _Topic, peer: Hl7Peer) -> OutboundMessage | None:
    """Insert one row; None where this was queued for the peer before."""
    now = clock.now()
    control_id = uuid.uuid4().hex[:20]
    defaults = {
        "peer": peer,
        "message_type": topic.message_type,
        "control_id": control_id,
        "stream": f"exam:{topic.exam.pk}",
        "body": _body(topic, peer, control_id=control_id, now=now),
        "next_attempt_at": now,
        "created_at": now,
        "exam": topic.exam,
        "charge": topic.charge,
        "resend_of": topic.resend_of,
        "correlation_id": topic.correlation_id,
    }
    with transaction.atomic():
        row, created = OutboundMessage.objects.get_or_create(
            peer_name=peer.name, natural_key=topic.natural_key, defaults=defaults
        )
        if created:
            nudge_after_commit(SEND_TASK)
    return row if created else None


def _body(topic: _Topic, peer: Hl7Peer, *, control_id: str, now: datetime) -> bytes:
    """Write the message; text the peer's character set cannot hold leaves as UTF-8."""
    text = _text(topic, peer, control_id=control_id, now=now, character_set=peer.character_set)
    body, character_set = charset.encode(text, character_set=peer.character_set)
    if character_set in (peer.character_set, ""):
        return body
    text = _text(topic, peer, control_id=control_id, now=now, character_set=character_set)
    return charset.encode(text, character_set=character_set)[0]


def _text(
    topic: _Topic, peer: Hl7Peer, *, control_id: str, now: datetime, character_set: str
) -> str:
    here = site()
    order = topic.exam.requested_procedure.order
    envelope = Envelope(
        control_id=control_id,
        at=now,
        zone=here.zone,
        sending_facility=here.facility,
        receiving_application=peer.application,
        receiving_facility=peer.facility,
        version=peer.version,
        character_set=character_set,
        processing_id="T" if peer.simulated else "P",
    )
    person = queries.person(topic.exam.patient, account_number=order.account_number)
    visit = queries.visit(topic.exam)
    if topic.charge is not None:
        charge = queries.charge_facts(topic.charge, topic.exam)
        return dft_p03(envelope=envelope, person=person, visit=visit, charge=charge)
    status = queries.status_facts(topic.exam, status=topic.status, at=topic.at)
    return orm_o01(envelope=envelope, person=person, visit=visit, order=status)


def resend(*, outbound_id: int) -> OutboundMessage:
    """Queue a refused or given-up message again: new MSH-10, written from what is known now.

    FT1-2 of a charge stays what it was (RAD-35), so that a receiver can tell it from a new one.

    Raises:
        NoSuchMessage: there is none.
        NotToBeSentAgain: it was neither refused nor given up, or is on its way again.
        PeerNotConfigured: its receiver is not configured any more.
    """
    with transaction.atomic():
        row = queries.message(outbound_id)
        base = row.natural_key.partition("#")[0]
        about_same = OutboundMessage.objects.select_for_update().filter(
            peer_name=row.peer_name, natural_key__startswith=base, exam=row.exam
        )
        states = [one.state for one in about_same if one.natural_key.partition("#")[0] == base]
        if set(states) - {OutboundState.REJECTED, OutboundState.DEAD}:
            raise NotToBeSentAgain("the message is on its way, or was accepted")
        peer = Hl7Peer.objects.filter(name=row.peer_name, direction=Direction.OUT).first()
        if peer is None or row.exam_id is None:
            raise PeerNotConfigured(f"{row.peer_name} is not configured any more")
        topic = _Topic(
            message_type=row.message_type,
            natural_key=f"{base}#{len(states) + 1}",
            exam=queries.exam_for_message(row.exam_id),
            correlation_id=row.correlation_id,
            at=clock.now(),
            status=base.rpartition(":")[2],
            charge=row.charge,
            resend_of=row,
        )
        again = _queue(topic, peer)
        if again is None:
            raise NotToBeSentAgain("the message is on its way again")
        return again
