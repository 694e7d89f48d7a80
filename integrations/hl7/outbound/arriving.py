"""An acknowledgement that came over a connection to us: the receiver's enhanced mode (2.9.3)."""

from __future__ import annotations

from integrations.hl7.inbound.context import Context, Effect, warning
from integrations.hl7.message import Message
from integrations.hl7.outbound import late
from integrations.hl7.outbound.models import AnswerKind


def receive(message: Message, context: Context) -> tuple[Effect, ...]:
    """Settle the message it answers, or keep it as an answer nobody waited for.

    It is itself answered by a commit acknowledgement at most, never by another ACK.
    """
    kept = late.take(context.peer.name, str(message).encode())
    if kept.message is None:
        return (warning("an acknowledgement of nothing that was sent", field="MSA-2"),)
    row = kept.message
    verb = "settled" if kept.kind == AnswerKind.APPLICATION else "came too late for"
    return (Effect("outbound", row.pk, f"{kept.code} {verb} {row.message_type} {row.control_id}"),)
