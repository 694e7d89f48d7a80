"""Application acknowledgements of enhanced mode, which go out on our own connection (2.9.3)."""

from __future__ import annotations

from django.db import transaction

from integrations.hl7.message import Header
from integrations.hl7.outbound import lines, queries
from integrations.hl7.outbound.models import OutboundMessage
from integrations.hl7.outbound.services._queue import SEND_TASK
from pacs_hub.kernel import clock
from pacs_hub.outbox.publish import nudge_after_commit


def queue_answer(
    *, peer_name: str, body: bytes, inbound_id: int, correlation_id: str
) -> OutboundMessage | None:
    """Queue the answer to message `inbound_id` as it was written; None where it was before.

    Answers to one system leave in the order they were given. They are answered by a commit
    acknowledgement, and by nothing else.
    """
    header = Header.of(body)
    now = clock.now()
    with transaction.atomic():
        row, created = OutboundMessage.objects.get_or_create(
            peer_name=peer_name,
            natural_key=f"answer:{inbound_id}",
            defaults={
                "peer": queries.receiver(peer_name),
                "message_type": header.message_type[:20],
                "control_id": header.control_id[:20],
                "stream": "answers",
                "body": body,
                "next_attempt_at": now,
                "created_at": now,
                "correlation_id": correlation_id,
            },
        )
        if not created:
            return None
        lines.known(peer_name)
        nudge_after_commit(SEND_TASK)
    return row
