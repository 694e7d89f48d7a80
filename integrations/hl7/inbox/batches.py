"""Batches in: each message kept, applied and answered on its own, the answers sent back as one.

HL7 v2.5.1 2.10.3. A message that fails harms no other of its batch; a batch that is sent again
is answered again, for each of its messages was applied once.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from integrations.hl7 import batch
from integrations.hl7.inbox import admission, rules, services
from integrations.hl7.inbox.arrivals import Receipt
from integrations.hl7.mllp.framing import MAX_FRAME_BYTES
from pacs_hub.kernel import clock

OPENERS: Final = ("FHS", "BHS")


def receive(
    *,
    chunks: Iterable[bytes],
    write: Callable[[bytes], object],
    address: str,
    routes: rules.Routes,
    doorkeeper: admission.Doorkeeper | None = None,
) -> Iterator[Receipt]:
    """Take the messages of a batch one after another, in order, and yield the receipt of each.

    The reply goes to `write` piece by piece; it is whole when the iterator ends. One message is
    in memory at a time.
    """
    reply = batch.Reply(write, control_id=uuid.uuid4().hex[:20], now=clock.now())
    for part in batch.parts(chunks, most_bytes=MAX_FRAME_BYTES):
        if part.kind == "message":
            receipt = services.receive(
                raw=part.content,
                address=address,
                routes=routes,
                truncated=part.truncated,
                doorkeeper=doorkeeper,
            )
            for answer in receipt.answers or (None,):
                reply.add(answer)
            yield receipt
        elif part.kind in OPENERS:
            reply.open(part)
        else:
            reply.close(part)
    reply.end()
