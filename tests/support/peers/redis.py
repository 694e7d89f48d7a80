"""An outside Redis for tests: a foreign process on a free loopback port."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis, RedisError

from tests.support import needs
from tests.support.ports import free_ports
from tests.support.waiting import wait_until


@contextmanager
def private_redis() -> Iterator[str]:
    """Run redis-server with nothing on disk; yields its URL."""
    program = needs.program("redis-server")
    (port,) = free_ports(1)
    server = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", "/tmp"],
        stdout=subprocess.DEVNULL,
    )
    url = f"redis://127.0.0.1:{port}"
    try:
        wait_until(lambda: _answers(url), seconds=10, what="redis answers")
        yield url
    finally:
        server.terminate()
        server.wait(10)


def _answers(url: str) -> bool:
    try:
        with Redis.from_url(url) as client:
            return bool(client.ping())
    except RedisError:
        return False
