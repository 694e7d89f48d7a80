"""QIDO-RS and C-FIND side by side: an ID, the beginning of a name, a page of dates, and the like.

The hub and Orthanc are filled with BENCH_STUDIES studies each (2,000; Orthanc stores about 700 a
second, so that 100,000 take two or three minutes) and asked in turn, the first round thrown away.
One more hub with BENCH_MANY studies (100,000) shows what their number does to it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Protocol

import pytest

from tests.bench import query_servers
from tests.bench.query_clients import by_dicom, by_web, store_studies
from tests.bench.query_servers import QueryServer
from tests.bench.studies import PER_FAMILY, day, family
from tests.bench.tables import Table

pytestmark = pytest.mark.bench
STUDIES = int(os.environ.get("BENCH_STUDIES", "2000"))
MANY = int(os.environ.get("BENCH_MANY", "100000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
TIMES = 20
ASSOCIATIONS = 4


class Ask(Protocol):
    """One of the clients."""

    def __call__(
        self, server: QueryServer, keys: dict[str, str], *, found: int, times: int
    ) -> float: ...


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
        ours = stack.enter_context(query_servers.hub(folder, STUDIES))
        theirs = stack.enter_context(query_servers.orthanc(folder))
        store_studies(theirs, STUDIES, associations=ASSOCIATIONS)
        found = [(ours, STUDIES), (theirs, STUDIES)]
        if MANY > STUDIES:
            many = query_servers.hub(folder, MANY, name=f"hub with {MANY:,}")
            found.append((stack.enter_context(many), MANY))
        for server, _ in found:  # threads and connections stand before it begins
            by_web(server, {"PatientID": "ID0"}, found=1, times=100)
        yield found


@pytest.mark.parametrize("ask", [by_web, by_dicom], ids=["QIDO-RS", "C-FIND"])
@pytest.mark.parametrize("question", list(questions(STUDIES)))
def test_queries(
    rivals: list[tuple[QueryServer, int]],
    ask: Ask,
    question: str,
    request: pytest.FixtureRequest,
) -> None:
    protocol = request.node.callspec.id.removeprefix(f"{question}-")
    title = f"{protocol}, {question}, {STUDIES:,} studies"
    table = Table(title=title, unit="query", work=TIMES)
    for round_number in range(ROUNDS + 1):
        for server, studies in rivals:
            keys, found = questions(studies)[question]
            before = server.cpu_seconds()
            seconds = ask(server, keys, found=found, times=TIMES)
            if round_number:
                table.add(server.name, seconds=seconds, cpu=server.cpu_seconds() - before)
    table.show()
