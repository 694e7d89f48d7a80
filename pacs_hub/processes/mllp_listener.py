"""The MLLP process: accept, frame, hand to the inbox, send back what it says."""

from __future__ import annotations

import asyncio
import gc
import logging
import ssl
import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection, connections

from integrations.hl7 import batch
from integrations.hl7.inbox import batches, recovery, services
from integrations.hl7.inbox.admission import Doorkeeper
from integrations.hl7.inbox.rules import Routes
from integrations.hl7.mllp.framing import Frame
from integrations.hl7.mllp.server import Limits, MllpServer, Reply
from pacs_hub.processes import tls
from pacs_hub.wiring.mllp import ROUTES

logger = logging.getLogger(__name__)

T = TypeVar("T")
Door = tuple[int, ssl.SSLContext | None]
"""A port, and what TLS needs where the door is inside TLS."""

STOP_POLL_SECONDS: Final = 0.1
DELIVERY_SECONDS: Final = 0.2
REMEMBER_SECONDS: Final = 1.0


class Listener:
    """An MLLP server in front of the inbox. Messages of one connection are applied in order.

    SQLite has one writer, so one thread writes without waiting for itself; PostgreSQL gets four.
    """

    def __init__(self, *, routes: Routes = ROUTES, limits: Limits | None = None) -> None:
        self._routes = routes
        self._threads = 1 if connection.vendor == "sqlite" else 4
        self._pool = ThreadPoolExecutor(max_workers=self._threads, thread_name_prefix="hl7")
        self._doorkeeper = Doorkeeper(remember_seconds=REMEMBER_SECONDS)
        self._server = MllpServer(self._handle, limits=limits)
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
        for wanted, context in doors:
            port = await self._server.start(host=host, port=wanted, tls=context)
            logger.info("mllp.listening", extra={"port": port, "tls": context is not None})
            ready(port)
        writing = asyncio.create_task(self._write_deliveries(stop))
        while not stop.is_set():
            await asyncio.sleep(STOP_POLL_SECONDS)
        await self._server.stop()
        await writing
        await self._in_pool(self._flush)
        self._hang_up()

    def _hang_up(self) -> None:
        """Close the database connection of every thread, and end the threads."""
        together = threading.Barrier(self._threads)

        def close() -> None:
            together.wait(timeout=10)  # so that no thread takes two of these
            connections.close_all()

        for _ in range(self._threads):
            self._pool.submit(close)
        self._pool.shutdown()

    async def _handle(self, frame: Frame, address: str) -> Reply:
        if batch.is_batch(frame.content) and not frame.oversize:
            return await self._handle_batch(frame, address)
        receive = partial(
            services.receive,
            raw=frame.content,
            address=address,
            routes=self._routes,
            truncated=frame.oversize,
            doorkeeper=self._doorkeeper,
        )
        receipt = await self._kept(receive)
        settled = partial(self._remember, [receipt.message_id])
        return Reply(content=receipt.answer, settled=settled if receipt.answer else None)

    async def _handle_batch(self, frame: Frame, address: str) -> Reply:
        answer: list[bytes] = []
        receipts = batches.receive(
            chunks=[frame.content],
            write=answer.append,
            address=address,
            routes=self._routes,
            doorkeeper=self._doorkeeper,
        )
        kept = await self._kept(lambda: [receipt.message_id for receipt in receipts])
        return Reply(content=b"".join(answer), settled=partial(self._remember, kept))

    async def _kept(self, receive: Callable[[], T]) -> T:
        try:
            return await self._in_pool(receive)
        except DatabaseError as error:  # no answer: the sender sends again, and so it must
            logger.error("hl7.message.unanswered", extra={"reason": type(error).__name__})
            raise ConnectionAbortedError("the message could not be kept") from error

    async def _in_pool(self, work: Callable[[], T]) -> T:
        def with_fresh_connection() -> T:
            close_old_connections()
            return work()

        return await asyncio.get_running_loop().run_in_executor(self._pool, with_fresh_connection)

    def _remember(self, message_ids: Collection[int], delivered: bool) -> None:
        self._settled[delivered].extend(message_ids)

    async def _write_deliveries(self, stop: threading.Event) -> None:
        """Write in batches which answers left: it is news, not a promise."""
        while not stop.is_set():
            await asyncio.sleep(DELIVERY_SECONDS)
            if any(self._settled.values()):
                try:
                    await self._in_pool(self._flush)
                except DatabaseError as error:
                    reason = type(error).__name__
                    logger.warning("hl7.deliveries.unwritten", extra={"reason": reason})

    def _flush(self) -> None:
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
