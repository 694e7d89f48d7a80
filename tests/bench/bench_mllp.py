"""MLLP: every ADT^A08 kept, applied and answered, beside a responder that stores nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.bench.servers import PROJECT, free_port
from tests.support.messages import adt, msh, pid
from tests.support.mllp_door import LISTENER_PROCESS
from tests.support.peers.hospital import Ack, HospitalSystem
from tests.support.waiting import wait_until

pytestmark = pytest.mark.bench

MESSAGES = int(os.environ.get("BENCH_MESSAGES", "1600"))
PATIENTS = 200
ROUNDS = 2

RESPONDER = """
import asyncio, sys
async def serve(reader, writer):
    buffer = b""
    while data := await reader.read(65536):
        buffer += data
        while b"\\x1c\\r" in buffer:
            frame, _, buffer = buffer.partition(b"\\x1c\\r")
            number = frame.split(b"|", 10)[9]
            head = b"\\x0bMSH|^~\\\\&|R|R|HIS|GH|20261124||ACK|" + number + b"|P|2.5.1\\r"
            writer.write(head + b"MSA|AA|" + number + b"\\r\\x1c\\r")
        await writer.drain()
async def main():
    async with await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1])) as server:
        await server.serve_forever()
asyncio.run(main())
"""


@contextmanager
def _running(code: str, port: int, **env: str) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(port)],
        env={**os.environ, **env},
        cwd=PROJECT,
    )
    try:
        wait_until(lambda: _listens(port), seconds=30, what=f"port {port} answers")
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _listens(port: int) -> bool:
    try:
        HospitalSystem(port).close()
    except OSError:
        return False
    return True


def _messages(count: int, round_number: int) -> list[bytes]:
    """Return updates that each change something, of patients in turn."""
    return [
        adt(
            "A08",
            header=msh("ADT^A08^ADT_A01"),
            person=pid(identifier=f"P{n % PATIENTS}^^^GH^MR", account=f"ACC{round_number}-{n}"),
        ).encode()
        for n in range(count)
    ]


def _rate(port: int, *, connections: int, round_number: int) -> float:
    """Return how many messages a second are acknowledged, each awaited on its connection."""
    share = MESSAGES // connections
    batches = [_messages(share, round_number * 10 + n) for n in range(connections)]
    failures: list[bytes] = []

    def send(batch: list[bytes]) -> None:
        with HospitalSystem(port, seconds=30) as system:
            for message in batch:
                system.write(message)
                answer = system.read()
                if b"MSA|AA|" not in answer:
                    failures.append(answer)

    threads = [threading.Thread(target=send, args=(batch,)) for batch in batches]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    assert not failures, Ack(failures[0]).raw
    return share * connections / seconds


def test_durable_messages_a_second_beside_a_responder_that_stores_nothing(
    tmp_path: Path, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    port, rival = free_port(), free_port()
    environment = {
        "HUB_HOME": str(tmp_path / "home"),
        "HUB_MLLP_PORT": str(port),
        "REDIS_URL": redis_url,
        "DJANGO_SETTINGS_MODULE": "pacs_hub.settings",
    }
    lines: list[str] = []
    with _running(LISTENER_PROCESS, port, **environment), _running(RESPONDER, rival):
        for connections in (1, 8):
            for number in range(ROUNDS):
                ours = _rate(port, connections=connections, round_number=number)
                theirs = _rate(rival, connections=connections, round_number=number)
                lines.append(
                    f"MLLP ADT^A08, {connections} connection(s): hub {ours:,.0f}/s kept and "
                    f"applied, responder that stores nothing {theirs:,.0f}/s, "
                    f"ratio 1:{theirs / ours:.1f}"
                )
    with capsys.disabled():
        print("\n" + "\n".join(lines))
