"""The listener bounds what a caller may take, and stops without cutting anybody off."""

from __future__ import annotations

import asyncio
import socket

from integrations.hl7.mllp.framing import Frame, wrap
from integrations.hl7.mllp.server import Limits, MllpServer, Reply

Settled = list[bool]


async def echo(frame: Frame, _address: str) -> Reply:
    return Reply(content=frame.content)


async def ask(port: int, *frames: bytes) -> bytes:
    """Write frames, hang up our sending side, and return all that comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"".join(frames))
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


async def started(handler: object = echo, **limits: float) -> tuple[MllpServer, int]:
    server = MllpServer(handler, limits=Limits(**limits))  # type: ignore[arg-type]
    return server, await server.start(host="127.0.0.1", port=0)


def test_frames_are_answered_in_order_and_bytes_between_them_are_dropped() -> None:
    async def story() -> None:
        server, port = await started()
        frames = [wrap(b"1"), b"noise", wrap(b"2"), b"\r\n", wrap(b"3")]
        assert await ask(port, *frames) == wrap(b"1") + wrap(b"2") + wrap(b"3")
        await server.stop()

    asyncio.run(story())


def test_a_frame_that_never_ends_is_hung_up_on() -> None:
    async def story() -> None:
        server, port = await started(frame_seconds=0.2)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\x0bMSH|")
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
        await server.stop()

    asyncio.run(story())


def test_more_callers_than_allowed_are_hung_up_on_and_the_others_served() -> None:
    async def story() -> None:
        server, port = await started(connections=1)
        first, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(wrap(b"1"))
        assert await first.readexactly(4) == wrap(b"1")
        second, other = await asyncio.open_connection("127.0.0.1", port)
        assert await second.read() == b""
        other.close()
        writer.write(wrap(b"2"))
        assert await first.readexactly(4) == wrap(b"2")
        writer.close()
        await server.stop()

    asyncio.run(story())


def test_a_caller_who_does_not_read_is_hung_up_on_and_told_undelivered() -> None:
    settled: Settled = []

    async def much(_frame: Frame, _address: str) -> Reply:
        return Reply(content=b"x" * 50_000_000, settled=settled.append)

    async def story() -> None:
        server, port = await started(much, write_seconds=0.2)
        sock = socket.create_connection(("127.0.0.1", port))
        sock.sendall(wrap(b"1"))
        for _ in range(100):
            await asyncio.sleep(0.05)
            if settled:
                break
        sock.close()
        await server.stop()

    asyncio.run(story())
    assert settled == [False]


def test_a_stop_lets_the_message_in_hand_be_answered() -> None:
    settled: Settled = []
    begun = asyncio.Event()

    async def slow(frame: Frame, _address: str) -> Reply:
        begun.set()
        await asyncio.sleep(0.3)
        return Reply(content=frame.content, settled=settled.append)

    async def story() -> None:
        server, port = await started(slow)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        idle, idle_writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(wrap(b"1") + wrap(b"2"))
        await begun.wait()
        await server.stop()
        assert await reader.read() == wrap(b"1") + wrap(b"2"), "both were handed over"
        assert await idle.read() == b""
        writer.close()
        idle_writer.close()

    asyncio.run(story())
    assert settled == [True, True]


def test_no_answer_is_sent_where_none_is_wanted() -> None:
    async def silent(_frame: Frame, _address: str) -> Reply:
        return Reply(content=None)

    async def story() -> None:
        server, port = await started(silent)
        assert await ask(port, wrap(b"1")) == b""
        await server.stop()

    asyncio.run(story())
