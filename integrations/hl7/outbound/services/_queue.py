"""One row for each receiver that wants to know, in the transaction of the fact."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction

from integrations.hl7.outbound import lines, writing
from integrations.hl7.outbound.finishing import said_of
from integrations.hl7.outbound.models import OutboundMessage, OutboundState
from integrations.hl7.outbound.options import WAIT, PeerOptions
from integrations.hl7.outbound.topics import Topic
from pacs_hub.access.models import Direction, Hl7Peer
from pacs_hub.kernel import clock
from pacs_hub.outbox.publish import nudge_after_commit

logger = logging.getLogger(__name__)

SEND_TASK: Final = "integrations.hl7.send_due"
CHARACTER_SET: Final = "character-set"


@dataclass(frozen=True)
class Teller:
    """Who told us of the fact over HL7: they are not told it back.

    `name` is the inbound peer, the others are MSH-3 and MSH-4 of its message.
    """

    name: str = ""
    application: str = ""
    facility: str = ""

    def is_peer(self, peer: Hl7Peer) -> bool:
        """Say whether a receiver is the system that told us."""
        if not self.name and not self.application:
            return False
        same_system = (peer.application, peer.facility) == (self.application, self.facility)
        return peer.name == self.name or (bool(self.application) and same_system)


NOBODY: Final = Teller()


def queue(topic: Topic, *, told_by: Teller = NOBODY) -> list[OutboundMessage]:
    """Queue the topic for every receiver that asked for such messages; those queued now.

    Raises:
        Incomplete: something that must be told is not known.
        CannotWrite: messages are not written in the character set of a receiver.
    """
    found = []
    for peer in Hl7Peer.objects.filter(direction=Direction.OUT).order_by("pk"):
        form = writing.message_type(topic, peer)
        if form and not told_by.is_peer(peer):
            row = queue_for(peer, topic, form=form)
            found += [row] if row is not None else []
    return found


def wanted(topic: Topic) -> bool:
    """Say whether anybody asked for such messages."""
    peers = Hl7Peer.objects.filter(direction=Direction.OUT)
    return any(writing.message_type(topic, peer) for peer in peers)


def queue_for(
    peer: Hl7Peer, topic: Topic, *, form: str, resend_of: OutboundMessage | None = None
) -> OutboundMessage | None:
    """Insert one row; None where this was queued for the receiver before."""
    known = OutboundMessage.objects.filter(peer_name=peer.name, natural_key=topic.natural_key)
    if known.exists():
        return None
    now = clock.now()
    control_id = uuid.uuid4().hex[:20]
    written = writing.write(topic, peer, form=form, control_id=control_id, now=now)
    defaults: dict[str, Any] = {
        "peer": peer,
        "message_type": form,
        "control_id": control_id,
        "about": topic.about(),
        "stream": resend_of.stream if resend_of else topic.stream,
        "body": written.body,
        "conversion": written.conversion,
        "next_attempt_at": now,
        "created_at": now,
        "exam_id": topic.exam_id or None,
        "patient_id": topic.patient_id or None,
        "charge_id": topic.charge_id or None,
        "resend_of": resend_of,
        "place": (resend_of.place or resend_of.pk) if resend_of else None,
        "correlation_id": topic.correlation_id,
    }
    if written.refused:
        waits = PeerOptions.of(peer.options).on_rejection == WAIT
        defaults |= {
            "state": OutboundState.REJECTED,
            "error_code": CHARACTER_SET,
            "ack_text": said_of(written.conversion)[:300],
            "blocking": waits,
        }
    with transaction.atomic():
        row, created = OutboundMessage.objects.get_or_create(
            peer_name=peer.name, natural_key=topic.natural_key, defaults=defaults
        )
        if not created:
            return None
        lines.known(peer.name)
        nudge_after_commit(SEND_TASK)
    if written.conversion:
        extra = {"outbound": row.pk, "peer": peer.name, "policy": written.conversion["policy"]}
        logger.warning("hl7.outbound.text_converted", extra=extra)
    return row
