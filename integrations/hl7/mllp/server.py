"""An MLLP listener: many messages on a connection, each answered before the next is taken."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, cast

from integrations.hl7.mllp.certificate import Shown
from integrations.hl7.mllp.framing import MAX_FRAME_BYTES, Frame, FrameReader, wrap

logger = logging.getLogger(__name__)

READ_BYTES: Final = 65_536
WRITE_BUFFER_BYTES: Final = 65_536


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What to send back for one frame, if anything, and what to do when that is settled."""

    content: bytes | None
    settled: Callable[[bool], None] | None = None
    later: Awaitable[Reply] | None = None  # a second frame, when it is ready


Handler = Callable[[Frame, str], Awaitable[Reply]]
"""Turns a frame, and the address it came from, into a reply."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one sender may take of us."""

    max_frame_bytes: int = MAX_FRAME_BYTES
    idle_seconds: float = 3_600
    frame_seconds: float = 120  # from the first byte of a frame to its last
    write_seconds: float = 30
    connections: int = 512
    handshake_seconds: float = 10  # of TLS


class MllpServer:
    """Listens on its ports until `stop`; what is being worked on is finished and answered."""

    def __init__(
        self,
        handler: Handler,
        *,
        limits: Limits | None = None,
        met: Callable[[str, Shown], None] = lambda _address, _shown: None,
    ) -> None:
        """`met` is told the address and the certificate of each caller who shows one."""
        self._handler = handler
        self._met = met
        self._limits = limits or Limits()
        self._open: dict[asyncio.Task[None], tuple[asyncio.StreamReader, asyncio.StreamWriter]] = {}
        self._stopping = False
        self._following: set[asyncio.Future[None]] = set()
        self._servers: list[asyncio.Server] = []

    async def start(self, *, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Begin to listen on one more port, inside TLS where `tls` is given; return the port."""
        server = await asyncio.start_server(
            self._serve,
            host,
            port,
            limit=READ_BYTES,
            backlog=128,
            ssl=tls,
            ssl_handshake_timeout=self._limits.handshake_seconds if tls else None,
        )
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def stop(self, *, within_seconds: float = 10) -> None:
        """Accept nobody any more, let each connection finish its message, and close."""
        for server in self._servers:
            server.close()
        self._stopping = True
        for reader, writer in self._open.values():
            cast(asyncio.ReadTransport, writer.transport).pause_reading()
            reader.feed_eof()
        if self._open:
            _, late = await asyncio.wait(list(self._open), timeout=within_seconds)
            for task in late:
                task.cancel()
        if self._following:
            await asyncio.wait(list(self._following), timeout=within_seconds)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or self._stopping or len(self._open) >= self._limits.connections:
            writer.close()
            return
        self._open[task] = (reader, writer)
        address = str((writer.get_extra_info("peername") or ("",))[0])
        if (shown := Shown.of(writer.get_extra_info("peercert"))) is not None:
            self._met(address, shown)
        writer.transport.set_write_buffer_limits(high=WRITE_BUFFER_BYTES)
        frames = FrameReader(max_bytes=self._limits.max_frame_bytes)
        try:
            await self._converse(reader, writer, frames, address)
        except (ConnectionError, TimeoutError) as error:
            reason = type(error).__name__
            logger.info("mllp.connection.lost", extra={"address": address, "reason": reason})
        finally:
            del self._open[task]
            if frames.stray_bytes:
                counts = {"address": address, "bytes": frames.stray_bytes}
                logger.warning("mllp.bytes.outside.frame", extra=counts)
            writer.close()

    async def _converse(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        frames: FrameReader,
        address: str,
    ) -> None:
        now = asyncio.get_running_loop().time
        frame_until: float | None = None
        while True:
            async with asyncio.timeout_at(frame_until or now() + self._limits.idle_seconds):
                data = await reader.read(READ_BYTES)
            if not data:
                return
            complete = frames.feed(data)
            await self._answer_all(writer, complete, address)
            if complete and self._stopping:
                return
            if not frames.inside_frame:
                frame_until = None
            elif complete or frame_until is None:
                frame_until = now() + self._limits.frame_seconds

    async def _answer_all(
        self, writer: asyncio.StreamWriter, frames: Sequence[Frame], address: str
    ) -> None:
        """Hand over all frames that came together, in order, and answer them in that order."""
        replies = [asyncio.ensure_future(self._handler(frame, address)) for frame in frames]
        try:
            for coming in replies:
                reply = await coming
                await self._answer(writer, reply)
                if reply.later is not None:
                    self._follow(writer, reply.later)
        finally:
            for coming in replies:
                coming.cancel()

    def _follow(self, writer: asyncio.StreamWriter, later: Awaitable[Reply]) -> None:
        async def follow() -> None:
            try:
                await self._answer(writer, await later)
            except (ConnectionError, TimeoutError) as error:
                logger.info("mllp.connection.lost", extra={"reason": type(error).__name__})

        task = asyncio.ensure_future(follow())
        self._following.add(task)
        task.add_done_callback(self._following.discard)

    async def _answer(self, writer: asyncio.StreamWriter, reply: Reply) -> None:
        delivered = False
        try:
            if reply.content is not None:
                writer.write(wrap(reply.content))
                await asyncio.wait_for(writer.drain(), self._limits.write_seconds)
                delivered = not writer.is_closing()
        finally:
            if reply.settled is not None:
                reply.settled(delivered)
