"""The works behind the MLLP door: messages queue up in lanes, and several share a commit."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from django.db import DatabaseError, close_old_connections, connection, connections

from integrations.hl7 import ack
from integrations.hl7.inbox import lanes, locks, naming, recovery, rules, services
from integrations.hl7.inbox.admission import Doorkeeper
from integrations.hl7.inbox.arrivals import Arrival, Incoming, Receipt, header_of
from integrations.hl7.inbox.in_hand import InHand, left
from pacs_hub.kernel import clock

logger = logging.getLogger(__name__)

R = TypeVar("R")

AT_ONCE: Final = 16
"""Messages that share a commit at most: a full one must not keep other writers waiting."""


@dataclass(eq=False)
class Turn:
    """One message on its way through; `accepted` is told as soon as it is kept (2.9.3)."""

    arrival: Arrival
    receipt: asyncio.Future[Receipt]
    accepted: asyncio.Future[Receipt] | None
    lanes: frozenset[str] | None = None


class Engine:
    """Applies messages in threads: one on SQLite, which has one writer, four on PostgreSQL."""

    def __init__(self, *, routes: rules.Routes, doorkeeper: Doorkeeper, papers: Path) -> None:
        self.threads = 1 if connection.vendor == "sqlite" else 4
        self._routes = routes
        self._doorkeeper = doorkeeper
        self._papers = papers
        self._pool = ThreadPoolExecutor(max_workers=self.threads, thread_name_prefix="hl7")
        self._porter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hl7-lanes")
        self._idle = self.threads
        self._turns: lanes.Turns[Turn] = lanes.Turns(self._lanes_of, workers=self.threads)
        self._own = threading.local()
        self._works: set[asyncio.Task[None]] = set()

    def take_in_hand(self) -> None:
        """Keep what a process that died had in its hands, before anybody is listened to."""
        for path, arrivals in left(self._papers):
            recovery.take_in_hand(arrivals=arrivals)
            path.unlink(missing_ok=True)

    def submit(self, arrival: Arrival) -> Turn:
        """Let a message queue up in its lanes; its turn tells when it is kept, and settled."""
        loop = asyncio.get_running_loop()
        header = header_of(arrival.raw)
        enhanced = header is not None and ack.is_enhanced(header)
        turn = Turn(arrival, loop.create_future(), loop.create_future() if enhanced else None)
        if self.threads == 1:
            self._add(turn)
        else:  # one thread finds the lanes of all, so that the order of arrival stays
            self._follow(self._find_lanes(turn))
        return turn

    def _add(self, turn: Turn) -> None:
        self._turns.add(turn)
        self._start()

    async def _find_lanes(self, turn: Turn) -> None:
        incoming = Incoming.of(turn.arrival, now=clock.now())

        def find() -> frozenset[str]:
            return self._fresh(lambda: locks.lanes_of(incoming, self._doorkeeper))

        try:
            turn.lanes = await asyncio.get_running_loop().run_in_executor(self._porter, find)
        except Exception as error:  # noqa: BLE001 - whatever it is, its sender must not wait
            logger.error("hl7.message.unanswered", extra={"reason": type(error).__name__})
            _fail(turn, ConnectionAbortedError("the message could not be kept"))
        else:
            self._add(turn)

    async def run(self, work: Callable[[], R]) -> R:
        """Do other work with the database in the same threads."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._fresh, work)

    def close(self) -> None:
        """Close the database connection of every thread, and end the threads."""
        together = threading.Barrier(self.threads)

        def close() -> None:
            together.wait(timeout=10)  # so that no thread takes two of these
            paper: InHand | None = getattr(self._own, "paper", None)
            if paper is not None:
                paper.close()
            connections.close_all()

        for _ in range(self.threads):
            self._pool.submit(close)
        self._pool.shutdown()
        self._porter.submit(connections.close_all)
        self._porter.shutdown()

    @staticmethod
    def _fresh(work: Callable[[], R]) -> R:
        close_old_connections()
        return work()

    def _start(self) -> None:
        while self._idle and (turns := self._turns.take(AT_ONCE)):
            self._idle -= 1
            self._follow(self._work(turns))

    def _follow(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._works.add(task)  # a task nobody holds may be collected
        task.add_done_callback(self._works.discard)

    async def _work(self, turns: list[Turn]) -> None:
        loop = asyncio.get_running_loop()
        receipts: list[Receipt] = []
        try:
            receipts = await self.run(lambda: self._apply(turns, loop))
        except DatabaseError as error:  # no answer: the sender sends again, and so it must
            logger.error("hl7.message.unanswered", extra={"reason": type(error).__name__})
        finally:  # whatever it was: a lane that stayed taken would stop its patient for ever
            for turn in turns[len(receipts) :]:
                _fail(turn, ConnectionAbortedError("the message could not be kept"))
                self._turns.done([turn])
            for turn, receipt in zip(turns, receipts, strict=False):
                self._settle(turn, receipt)
            self._idle += 1
            self._start()

    def _settle(self, turn: Turn, receipt: Receipt) -> None:
        if not receipt.again:
            self._turns.done([turn])
            if not turn.receipt.done():
                turn.receipt.set_result(receipt)
            return
        pause = rules.LOCK_PAUSES[turn.arrival.tries]
        turn.arrival = replace(turn.arrival, tries=turn.arrival.tries + 1)
        self._turns.sleep(turn)
        asyncio.get_running_loop().call_later(pause, self._wake, turn)

    def _wake(self, turn: Turn) -> None:
        self._turns.wake(turn)
        self._start()

    def _apply(self, turns: Sequence[Turn], loop: asyncio.AbstractEventLoop) -> list[Receipt]:
        """Keep and apply some messages, in a thread of the pool."""
        paper: InHand | None = getattr(self._own, "paper", None)
        if paper is None:
            paper = self._own.paper = InHand(self._papers, str(threading.get_native_id()))
        paper.take([turn.arrival for turn in turns])
        try:
            settled = self._keep([t for t in turns if t.accepted is not None], loop)
            rest = [turn for turn in turns if turn not in settled]
            arrivals = [turn.arrival for turn in rest]
            receipts = services.receive_many(
                arrivals, routes=self._routes, doorkeeper=self._doorkeeper
            )
        finally:
            paper.put_down()
        found = settled | dict(zip(rest, receipts, strict=True))
        return [found[turn] for turn in turns]

    def _keep(self, turns: Sequence[Turn], loop: asyncio.AbstractEventLoop) -> dict[Turn, Receipt]:
        """Keep the messages of enhanced mode and have that said at once; those refused at once."""
        new = [turn for turn in turns if turn.arrival.kept_as is None]
        if not new:
            return {}
        receipts = services.keep(
            [turn.arrival for turn in new], routes=self._routes, doorkeeper=self._doorkeeper
        )
        refused = {}
        for turn, receipt in zip(new, receipts, strict=True):
            if receipt.pending:
                turn.arrival = replace(turn.arrival, kept_as=receipt.message_id)
            else:
                refused[turn] = receipt
            assert turn.accepted is not None
            loop.call_soon_threadsafe(turn.accepted.set_result, receipt)
        return refused

    def _lanes_of(self, turn: Turn) -> frozenset[str]:
        """Return the lanes; without the database, which has a single writer, by name alone."""
        if turn.lanes is None:
            turn.lanes = naming.names_in(turn.arrival.raw)
        return turn.lanes


def _fail(turn: Turn, error: Exception) -> None:
    for future in (turn.accepted, turn.receipt):
        if future is not None and not future.done():
            future.set_exception(error)
