"""C-STORE side by side: the hub (fsync, index row, commit for each object) and its rivals.

New objects in every round, servers in turn, the first round thrown away.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.bench import servers
from tests.bench.senders import make_objects, send
from tests.bench.servers import Server
from tests.bench.tables import Table

pytestmark = pytest.mark.bench
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "2"))
OBJECTS = int(os.environ.get("BENCH_OBJECTS", "500"))


@pytest.fixture(scope="module")
def rivals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    folder = tmp_path_factory.mktemp("servers")
    with ExitStack() as stack:
        yield [
            stack.enter_context(start(folder))
            for start in (
                servers.hub,
                servers.orthanc,
                servers.stock_pynetdicom,
                servers.storescp,
            )
        ]


@pytest.mark.parametrize(
    ("associations", "each", "side"),
    [(1, OBJECTS, 512), (4, OBJECTS // 4, 512), (1, 8 * OBJECTS, 8)],
    ids=["one association", "four associations", "tiny objects"],
)
def test_c_store(
    rivals: list[Server], tmp_path: Path, associations: int, each: int, side: int
) -> None:
    size = "512 KiB CT" if side == 512 else "tiny CT"
    table = Table(
        title=f"C-STORE, {associations} x {each} {size}",
        unit="object",
        work=associations * each,
    )
    for round_number in range(ROUNDS + 1):
        for server in rivals:
            folders = [tmp_path / f"{server.name}-{round_number}-{n}" for n in range(associations)]
            for folder in folders:
                make_objects(folder, count=each, rows=side, columns=side)
            before = server.cpu_seconds()
            seconds = send(server, *folders)
            if round_number:
                table.add(server.name, seconds=seconds, cpu=server.cpu_seconds() - before)
    table.show()
    shutil.rmtree(tmp_path)
