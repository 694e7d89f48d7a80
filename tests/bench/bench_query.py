"""QIDO-RS and C-FIND side by side: an ID, the beginning of a name, a page of dates, an accession.

Orthanc takes one object at a time, so it is filled with BENCH_STUDIES of them (2,000) and asked
beside a hub that has as many; a second hub with BENCH_MANY studies (100,000) is asked alone, and
shows what the number of studies does to it. Servers in turn, the first round thrown away.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlencode

import pytest
from pydicom import Dataset
from pydicom.uid import ImplicitVRLittleEndian
from pynetdicom import AE

from tests.bench import query_servers
from tests.bench.query_servers import QueryServer
from tests.bench.studies import PER_FAMILY, day, family

pytestmark = pytest.mark.bench
STUDIES = int(os.environ.get("BENCH_STUDIES", "2000"))
MANY = int(os.environ.get("BENCH_MANY", "100000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
TIMES = 10
STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
ASKED = ("StudyInstanceUID", "PatientID", "PatientName", "StudyDate", "AccessionNumber")


def questions(studies: int) -> dict[str, tuple[dict[str, str], int]]:
    """Return each question by name: its keys, and how many studies it finds."""
    person = studies // 2 // PER_FAMILY * PER_FAMILY
    date = day(studies // 2, studies).strftime("%Y%m%d")
    return {
        "patient ID": ({"PatientID": f"ID{person}"}, 1),
        "name prefix": ({"PatientName": f"{family(person)}^*"}, PER_FAMILY),
        "accession": ({"AccessionNumber": f"ACC{person}"}, 1),
        "date page": ({"StudyDate": date}, 100),
    }


@pytest.fixture(scope="module")
def rivals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[tuple[QueryServer, int]]]:
    folder = tmp_path_factory.mktemp("servers")
    with ExitStack() as stack:
        yield [
            (stack.enter_context(start(folder, studies)), studies)
            for start, studies in (
                (query_servers.hub, STUDIES),
                (query_servers.orthanc, STUDIES),
                (query_servers.hub, MANY),
            )
        ]


def by_web(server: QueryServer, keys: dict[str, str], found: int) -> float:
    """Ask a few times over one connection; returns the seconds for each."""
    # Orthanc's plugin does not decode "^"
    connection = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=60)
    path = f"/dicom-web/studies?{urlencode({**keys, 'limit': '100'}, safe='*^')}"
    headers = {"Accept": "application/dicom+json", **server.headers}
    connection.connect()
    started = time.perf_counter()
    for _ in range(TIMES):
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, (server.name, answer.status)
    taken = (time.perf_counter() - started) / TIMES
    connection.close()
    assert len(json.loads(content)) == found, (server.name, keys)
    return taken


def by_dicom(server: QueryServer, keys: dict[str, str], found: int) -> float:
    """Ask a few times in one association; returns the seconds for each."""
    query = Dataset()
    query.QueryRetrieveLevel = "STUDY"
    for keyword in ASKED:
        setattr(query, keyword, keys.get(keyword, ""))
    ae = AE(ae_title="CT1")
    ae.add_requested_context(STUDY_ROOT_FIND, ImplicitVRLittleEndian)
    association = ae.associate("127.0.0.1", server.dicom_port, ae_title=server.ae_title)
    assert association.is_established, server.name
    # else a server that acknowledges late looks forty milliseconds slower than it is
    association.dul.socket.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    started = time.perf_counter()
    for _ in range(TIMES):
        answers = [row for _, row in association.send_c_find(query, STUDY_ROOT_FIND) if row]
        assert len(answers) == found, (server.name, keys, len(answers))
    taken = (time.perf_counter() - started) / TIMES
    association.release()
    return taken


@pytest.mark.parametrize("ask", [by_web, by_dicom], ids=["QIDO-RS", "C-FIND"])
def test_queries(
    rivals: list[tuple[QueryServer, int]], ask: object, request: pytest.FixtureRequest
) -> None:
    assert callable(ask)
    seconds: dict[tuple[str, str], list[float]] = defaultdict(list)
    for round_number in range(ROUNDS + 1):
        for server, studies in rivals:
            for name, (keys, found) in questions(studies).items():
                taken = ask(server, keys, found)
                if round_number:
                    seconds[name, server.name].append(taken)
    (ours, _), (theirs, _), (many, _) = rivals
    print(
        f"\n{request.node.callspec.id} (ms for each query; ratio: how many times ours is quicker)"
    )
    print(f"  {'':<14}{ours.name:>20}{theirs.name:>24}{'ratio':>7}{many.name:>22}{'growth':>8}")
    for name in questions(STUDIES):
        a, b, c = (statistics.median(seconds[name, server.name]) * 1000 for server, _ in rivals)
        print(f"  {name:<14}{a:>20.2f}{b:>24.2f}{b / a:>7.2f}{c:>22.2f}{c / a:>8.2f}")
