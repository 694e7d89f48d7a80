"""WADO-RS side by side: metadata of a series, frames of many clients, a whole study.

One hub has the metadata made when the study settled, as it always is; another is asked before.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pydicom
import pytest

from tests.bench import web_servers
from tests.bench.senders import make_objects
from tests.bench.tables import Table
from tests.bench.web_clients import fetch
from tests.bench.web_servers import WebServer

pytestmark = pytest.mark.bench
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
INSTANCES = int(os.environ.get("BENCH_INSTANCES", "1000"))  # of 512 KiB: the study has 500 MB
FRAMES = int(os.environ.get("BENCH_FRAMES", "2000"))
CLIENTS = 4
REPEATS = 10
JSON = "application/dicom+json"
FRAME = 'multipart/related; type="application/octet-stream"; transfer-syntax=*'
OBJECTS = 'multipart/related; type="application/dicom"; transfer-syntax=*'


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("objects") / "series"
    make_objects(folder, count=INSTANCES, rows=512, columns=512)
    return folder


@pytest.fixture(scope="module")
def series(objects: Path) -> tuple[str, list[str]]:
    """The path of the series, and those of its frames."""
    headers = [pydicom.dcmread(p, stop_before_pixels=True) for p in sorted(objects.iterdir())]
    first = headers[0]
    place = f"/dicom-web/studies/{first.StudyInstanceUID}/series/{first.SeriesInstanceUID}"
    return place, [f"{place}/instances/{ds.SOPInstanceUID}/frames/1" for ds in headers]


@pytest.fixture(scope="module")
def rivals(objects: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[WebServer]]:
    folder = tmp_path_factory.mktemp("servers")
    with ExitStack() as stack:
        yield [
            stack.enter_context(start(folder, objects))
            for start in (web_servers.hub, web_servers.orthanc)
        ]


def measured(
    table: Table, server: WebServer, paths: list[str], *, accept: str, clients: int = 1
) -> int:
    before = server.cpu_seconds()
    seconds, size = fetch(server, paths, accept=accept, clients=clients)
    table.add(server.name, seconds=seconds, cpu=server.cpu_seconds() - before)
    return size


def test_series_metadata(
    objects: Path, rivals: list[WebServer], series: tuple[str, list[str]], tmp_path: Path
) -> None:
    path = [f"{series[0]}/metadata"]
    first = Table(title=f"Metadata of {INSTANCES} instances, first", unit="series", work=1)
    later = Table(title=f"Metadata of {INSTANCES} instances, later", unit="series", work=REPEATS)
    with web_servers.hub(tmp_path, objects, warm=False) as cold:
        for server in (*rivals, cold):  # threads and connections stand before it begins
            fetch(server, ["/dicom-web/studies?limit=1"] * 80, accept=JSON, clients=CLIENTS)
            measured(first, server, path, accept=JSON)
        for _ in range(ROUNDS):
            for server in rivals:
                measured(later, server, path * REPEATS, accept=JSON)
    first.show()
    later.show()


def test_frames(rivals: list[WebServer], series: tuple[str, list[str]], tmp_path: Path) -> None:
    paths = (series[1] * (FRAMES // INSTANCES + 1))[:FRAMES]
    table = Table(title=f"{FRAMES} frames of 512 KiB, {CLIENTS} clients", unit="frame", work=FRAMES)
    files = tmp_path / "files"
    files.mkdir()
    for number in range(INSTANCES):
        (files / str(number)).write_bytes(os.urandom(512 * 1024))
    static = [f"/{number % INSTANCES}" for number in range(FRAMES)]
    with web_servers.nginx(tmp_path, files) as limit:
        for round_number in range(ROUNDS + 1):
            for server in (*rivals, limit):
                wanted = static if server is limit else paths
                scrap = table if round_number else Table(title="", unit="", work=1)
                size = measured(scrap, server, wanted, accept=FRAME, clients=CLIENTS)
                assert size >= FRAMES * 512 * 1024
    table.show()


def test_whole_study(rivals: list[WebServer], series: tuple[str, list[str]]) -> None:
    study = [series[0].partition("/series/")[0]]
    megabytes = INSTANCES // 2
    table = Table(title=f"Whole study of {megabytes} MB", unit="megabyte", work=megabytes)
    for round_number in range(ROUNDS + 1):
        for server in rivals:
            scrap = table if round_number else Table(title="", unit="", work=1)
            size = measured(scrap, server, study, accept=OBJECTS)
            assert size >= INSTANCES * 512 * 1024
    table.show()
