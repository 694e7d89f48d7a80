"""HTTP clients as processes of their own, so that none waits for another's interpreter."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Final

from tests.bench.web_servers import WebServer

BLOCK_BYTES: Final = 1024 * 1024

CLIENT = """
import http.client, json, sys
job = json.load(sys.stdin)
connection = http.client.HTTPConnection("127.0.0.1", job["port"], timeout=120)
block = memoryview(bytearray(job["block"]))
connection.connect()
print("ready", flush=True)
sys.stdin.readline()
total = 0
for path in job["paths"]:
    connection.request("GET", path, headers=job["headers"])
    answer = connection.getresponse()
    assert answer.status == 200, (answer.status, path, answer.read()[:300])
    while count := answer.readinto(block):
        total += count
print(total, flush=True)
"""


def fetch(
    server: WebServer, paths: Sequence[str], *, accept: str, clients: int = 1
) -> tuple[float, int]:
    """Get every path once, dealt out to so many clients; returns seconds and bytes."""
    processes = []
    for number in range(clients):
        process = subprocess.Popen(
            [sys.executable, "-c", CLIENT.replace("json.load(sys.stdin)", "json.loads(input())")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        job = {
            "port": server.port,
            "paths": paths[number::clients],
            "headers": {"Accept": accept, **server.headers},
            "block": BLOCK_BYTES,
        }
        process.stdin.write(json.dumps(job) + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n"
        processes.append((process, process.stdin, process.stdout))
    started = time.perf_counter()
    for _, stdin, _ in processes:
        stdin.write("go\n")
        stdin.flush()
    total = sum(int(stdout.readline()) for _, _, stdout in processes)
    taken = time.perf_counter() - started
    for process, _, _ in processes:
        process.communicate(timeout=30)
        assert process.returncode == 0
    return taken, total
