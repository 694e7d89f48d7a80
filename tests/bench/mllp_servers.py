"""The hub's MLLP process and its rivals, each on a port of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.servers import PROJECT, free_port
from tests.support.mllp_door import LISTENER_PROCESS
from tests.support.peers.hospital import HospitalSystem
from tests.support.waiting import wait_until

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
"""Finds the control id and answers; parses nothing, keeps nothing."""

HL7APY = """
import sys
from hl7apy.mllp import AbstractHandler, MLLPServer
from hl7apy.parser import parse_message
class Acknowledge(AbstractHandler):
    def reply(self):
        message = parse_message(self.incoming_message)
        number = message.msh.msh_10.to_er7()
        head = f"MSH|^~\\\\&|R|R|HIS|GH|20261124||ACK|{number}|P|2.5.1"
        return f"\\x0b{head}\\rMSA|AA|{number}\\r\\x1c\\r"
kinds = ("ADT^A08^ADT_A01", "ORM^O01^ORM_O01")
MLLPServer("127.0.0.1", int(sys.argv[1]), {kind: (Acknowledge,) for kind in kinds}).serve_forever()
"""
"""hl7apy's own server: parses and acknowledges, keeps nothing, closes after each message."""


@dataclass(frozen=True)
class Server:
    """One server that listens on `port`; `once` closes the connection after each answer."""

    name: str
    port: int
    pid: int
    once: bool = False

    def processor_seconds(self) -> float:
        """Return the processor time it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mib(self) -> float:
        """Return the memory it holds."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


@contextmanager
def the_hub(home: Path, *, redis_url: str) -> Iterator[Server]:
    """Run the MLLP process of an embedded hub: everything is kept and applied."""
    port = free_port()
    environment = {
        "HUB_HOME": str(home),
        "HUB_MLLP_PORT": str(port),
        "REDIS_URL": redis_url,
        "DJANGO_SETTINGS_MODULE": "pacs_hub.settings",
    }
    with _running("hub", LISTENER_PROCESS, port, **environment) as server:
        yield server


@contextmanager
def responder() -> Iterator[Server]:
    """Run what stores nothing."""
    with _running("stores nothing", RESPONDER, free_port()) as server:
        yield server


@contextmanager
def hl7apy_server() -> Iterator[Server]:
    """Run hl7apy's MLLP server."""
    with _running("hl7apy", HL7APY, free_port(), once=True) as server:
        yield server


@contextmanager
def _running(
    name: str, code: str, port: int, *, once: bool = False, **env: str
) -> Iterator[Server]:
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(port)],
        env={**os.environ, **env},
        cwd=PROJECT,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: _listens(port), seconds=60, what=f"port {port} answers")
        yield Server(name, port, process.pid, once)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def _listens(port: int) -> bool:
    try:
        HospitalSystem(port).close()
    except OSError:
        return False
    return True
