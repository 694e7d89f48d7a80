"""The simulated systems that the hub sends to: HIS and billing listen, consoles answer C-ECHO."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final

from pynetdicom import AE
from pynetdicom.sop_class import Verification

from integrations.hl7.message import Message
from integrations.hl7.mllp.framing import Frame
from integrations.hl7.mllp.server import Handler, MllpServer, Reply
from pacs_hub.demo import messages
from pacs_hub.demo.doors import Doors

logger = logging.getLogger(__name__)

Verdict = tuple[str, tuple[str, str] | None]
Judge = Callable[[Message], Verdict]

TRANSIENT: Final[Verdict] = (
    "AR",
    ("207", "Application error: the ledger is being closed, try again"),
)
UNPRICED: Final[Verdict] = ("AE", ("103", "Charge code has no price for this account"))
ACCEPTED: Final[Verdict] = ("AA", None)
FIRST_UNPRICED, EVERY_UNPRICED = 9, 60


class BillingDesk:
    """Takes charges. One is refused once because of the hour; now and then one has no price.

    A charge without a price is taken when it comes again: by then the desk has set the price.
    """

    def __init__(self, *, busy_at: int = 3) -> None:
        self._busy_at = busy_at
        self._charges = 0
        self._refused: set[str] = set()

    def judge(self, message: Message) -> Verdict:
        """Accept or refuse one DFT^P03."""
        transaction = message.get("FT1-2")
        if transaction in self._refused:
            return ACCEPTED
        self._charges += 1
        verdict = ACCEPTED
        if self._charges == self._busy_at:
            verdict = TRANSIENT
        elif self._charges % EVERY_UNPRICED == FIRST_UNPRICED:
            verdict = UNPRICED
        if verdict is not ACCEPTED:
            self._refused.add(transaction)
        return verdict


def take_status(_message: Message) -> Verdict:
    """Take the status of an order, as the HIS does."""
    return ACCEPTED


def serve_hl7(
    *,
    doors: Doors,
    billing: BillingDesk,
    now: Callable[[], datetime],
    stop: threading.Event,
) -> threading.Thread:
    """Listen for the HIS and for billing in a thread of their own until `stop`."""

    async def listen() -> None:
        desks: dict[str, Judge] = {"his": take_status, "billing": billing.judge}
        servers = []
        for name, judge in desks.items():
            server = MllpServer(_handler(name.upper(), judge, now))
            await server.start(host="127.0.0.1", port=doors.ports[name])
            servers.append(server)
        while not stop.is_set():
            await asyncio.sleep(0.25)
        for server in servers:
            await server.stop(within_seconds=2)

    thread = threading.Thread(target=lambda: asyncio.run(listen()), name="demo-hl7", daemon=True)
    thread.start()
    return thread


def _handler(name: str, judge: Judge, now: Callable[[], datetime]) -> Handler:
    async def answer(frame: Frame, _address: str) -> Reply:
        message = messages.read(frame.content)
        verdict, error = judge(message)
        logger.info("demo.hl7.received", extra={"peer": name, "verdict": verdict})
        return Reply(
            content=messages.acknowledgement(
                message, sender=name, verdict=verdict, error=error, at=now()
            )
        )

    return answer


def answer_echo(*, doors: Doors) -> Callable[[], None]:
    """Let every console answer C-ECHO on one port; return how to stop."""
    entity = AE(ae_title="CONSOLES")
    entity.add_supported_context(Verification)
    server = entity.start_server(("127.0.0.1", doors.ports["consoles"]), block=False)
    return lambda: server.shutdown() if server else None
