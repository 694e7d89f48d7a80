"""The MLLP process: accept, frame, hand to the inbox, send back what it says."""

from __future__ import annotations

import asyncio
import gc
import logging
import ssl
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, Literal

from django.conf import settings
from django.db import DatabaseError

from integrations.hl7 import batch
from integrations.hl7.inbox import batches, recovery, services
from integrations.hl7.inbox.admission import Doorkeeper
from integrations.hl7.inbox.arrivals import Arrival, Receipt
from integrations.hl7.inbox.rules import Routes
from integrations.hl7.mllp.certificate import Shown
from integrations.hl7.mllp.framing import Frame
from integrations.hl7.mllp.server import Limits, MllpServer, Reply
from pacs_hub.access.certificates import record_certificate
from pacs_hub.processes import tls
from pacs_hub.processes.mllp_engine import Engine, Turn
from pacs_hub.wiring.mllp import ROUTES

logger = logging.getLogger(__name__)

Door = tuple[int, ssl.SSLContext | None]
"""A port, and what TLS needs where the door is inside TLS."""

STOP_POLL_SECONDS: Final = 0.1
DELIVERY_SECONDS: Final = 0.2
REMEMBER_SECONDS: Final = 1.0


class Listener:
    """An MLLP server in front of the inbox."""

    def __init__(self, *, routes: Routes = ROUTES, limits: Limits | None = None) -> None:
        self._routes = routes
        self._doorkeeper = Doorkeeper(remember_seconds=REMEMBER_SECONDS)
        self._engine = Engine(
            routes=routes,
            doorkeeper=self._doorkeeper,
            papers=Path(settings.HUB_HOME) / "run",
        )
        self._server = MllpServer(self._handle, limits=limits, met=self._meet)
        self._met: list[tuple[str, Shown]] = []
        self._settled: dict[bool, list[int]] = {True: [], False: []}

    async def run(
        self,
        stop: threading.Event,
        *,
        host: str,
        doors: Sequence[Door],
        ready: Callable[[int], None],
    ) -> None:
        """Serve every door until `stop` is set; `ready` is told the port of each."""
        await self._engine.run(self._engine.take_in_hand)
        for wanted, context in doors:
            port = await self._server.start(host=host, port=wanted, tls=context)
            logger.info("mllp.listening", extra={"port": port, "tls": context is not None})
            ready(port)
        writing = asyncio.create_task(self._write_deliveries(stop))
        while not stop.is_set():
            await asyncio.sleep(STOP_POLL_SECONDS)
        await self._server.stop()
        await writing
        await self._engine.run(self._flush)
        self._engine.close()

    async def _handle(self, frame: Frame, address: str) -> Reply:
        if batch.is_batch(frame.content) and not frame.oversize:
            return await self._handle_batch(frame, address)
        arrival = Arrival(raw=frame.content, address=address, truncated=frame.oversize)
        turn = self._engine.submit(arrival)
        if turn.accepted is None:
            return self._reply(await turn.receipt, "answer")
        try:
            accepted = await turn.accepted
        except ConnectionAbortedError:
            return Reply(content=services.not_kept(frame.content))
        reply = self._reply(accepted, "answer")
        return replace(reply, later=self._application_reply(turn))

    async def _application_reply(self, turn: Turn) -> Reply:
        """Wait for what the application says of a message that was accepted."""
        return self._reply(await turn.receipt, "later")

    def _reply(self, receipt: Receipt, which: Literal["answer", "later"]) -> Reply:
        content = getattr(receipt, which)
        settled = partial(self._remember, [receipt.message_id])
        return Reply(content=content, settled=settled if content is not None else None)

    async def _handle_batch(self, frame: Frame, address: str) -> Reply:
        answer: list[bytes] = []
        receipts = batches.receive(
            chunks=[frame.content],
            write=answer.append,
            address=address,
            routes=self._routes,
            doorkeeper=self._doorkeeper,
        )
        try:
            kept = await self._engine.run(lambda: [one.message_id for one in receipts])
        except DatabaseError as error:  # no answer: the sender sends again, and so it must
            logger.error("hl7.message.unanswered", extra={"reason": type(error).__name__})
            raise ConnectionAbortedError("the batch could not be kept") from error
        content = b"".join(answer) or None  # several acknowledgements together are not answered
        settled = partial(self._remember, kept) if content is not None else None
        return Reply(content=content, settled=settled)

    def _remember(self, message_ids: Collection[int], delivered: bool) -> None:
        self._settled[delivered].extend(message_ids)

    def _meet(self, address: str, shown: Shown) -> None:
        self._met.append((address, shown))

    async def _write_deliveries(self, stop: threading.Event) -> None:
        """Write in batches which answers left: it is news, not a promise."""
        while not stop.is_set():
            await asyncio.sleep(DELIVERY_SECONDS)
            if self._met or any(self._settled.values()):
                try:
                    await self._engine.run(self._flush)
                except DatabaseError as error:
                    reason = type(error).__name__
                    logger.warning("hl7.deliveries.unwritten", extra={"reason": reason})

    def _flush(self) -> None:
        while self._met:
            address, shown = self._met.pop()
            record_certificate(door="in", address=address, subject=shown.subject, until=shown.until)
        for delivered, waiting in self._settled.items():
            ids = waiting[:500]
            if ids:
                recovery.record_delivery(message_ids=ids, delivered=delivered)
                del waiting[: len(ids)]


def serve(stop: threading.Event, *, ready: Callable[[int], None] = lambda _port: None) -> None:
    """Listen on HUB_MLLP_PORT and HUB_MLLP_TLS_PORT until told to stop; 0 closes one."""
    doors: list[Door] = []
    if settings.HUB_MLLP_PORT:
        doors.append((settings.HUB_MLLP_PORT, None))
    if settings.HUB_MLLP_TLS_PORT:
        doors.append((settings.HUB_MLLP_TLS_PORT, tls.server_context()))
    gc.freeze()  # what is loaded by now stays; a message leaves little behind
    gc.set_threshold(20_000, 20, 50)
    asyncio.run(Listener().run(stop, host=settings.HUB_BIND, doors=doors, ready=ready))
