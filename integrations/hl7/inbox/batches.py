"""Batches in: each message kept, applied and answered on its own, the answers sent back as one.

HL7 v2.5.1 2.10.3. A message that fails harms no other of its batch; a batch that is sent again
is answered again, for each of its messages was applied once.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from integrations.hl7 import batch
from integrations.hl7.inbox import admission, rules, services
from integrations.hl7.mllp.framing import MAX_FRAME_BYTES
from pacs_hub.kernel import clock

OPENERS: Final = ("FHS", "BHS")


@dataclass(frozen=True)
class BatchReceipt:
    """The rows of the messages, and the batch of their acknowledgements."""

    message_ids: tuple[int, ...]
    answer: bytes


def receive(
    *,
    chunks: Iterable[bytes],
    address: str,
    routes: rules.Routes,
    doorkeeper: admission.Doorkeeper | None = None,
) -> BatchReceipt:
    """Take every message of a batch, in order, with memory for one of them at a time."""
    reply = batch.Reply(control_id=uuid.uuid4().hex[:20], now=clock.now())
    message_ids: list[int] = []
    for part in batch.parts(chunks, most_bytes=MAX_FRAME_BYTES):
        if part.kind == "message":
            receipt = services.receive(
                raw=part.content,
                address=address,
                routes=routes,
                truncated=part.truncated,
                doorkeeper=doorkeeper,
            )
            message_ids.append(receipt.message_id)
            reply.add(receipt.answer)
        elif part.kind in OPENERS:
            reply.open(part)
        else:
            reply.close(part)
    return BatchReceipt(tuple(message_ids), reply.written())
