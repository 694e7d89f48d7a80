"""The modality worklist side by side: 5,000 items, a modality's usual question, four answers."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydicom.uid import ImplicitVRLittleEndian
from pynetdicom import AE

from tests.bench import servers
from tests.bench.servers import Server
from tests.bench.tables import Table
from tests.bench.worklists import MATCHES, WORKLIST_FIND, fill_files, question

pytestmark = pytest.mark.bench
ITEMS = int(os.environ.get("BENCH_ITEMS", "5000"))
ROUNDS = 3
QUESTIONS = 3


def ask(server: Server) -> float:
    """Ask a few times in one association; returns the seconds from first to last answer."""
    ae = AE(ae_title="CT1")
    ae.add_requested_context(WORKLIST_FIND, ImplicitVRLittleEndian)
    association = ae.associate("127.0.0.1", server.port, ae_title=server.ae_title)
    assert association.is_established
    started = time.perf_counter()
    for _ in range(QUESTIONS):
        answers = [item for _, item in association.send_c_find(question(), WORKLIST_FIND) if item]
        assert len(answers) == MATCHES, server.name
    taken = time.perf_counter() - started
    association.release()
    return taken


def test_modality_worklist(tmp_path: Path) -> None:
    table = Table(title=f"MWL C-FIND, {ITEMS} items", unit="query", work=QUESTIONS)
    files = fill_files(tmp_path / "files", ITEMS)
    with ExitStack() as stack:
        rivals = [
            stack.enter_context(servers.hub(tmp_path, worklist=ITEMS)),
            stack.enter_context(servers.orthanc(tmp_path, worklist=files / "RIVAL")),
            stack.enter_context(servers.wlmscpfs(files)),
        ]
        for round_number in range(ROUNDS + 1):
            for server in rivals:
                before = server.cpu_seconds()
                seconds = ask(server)
                if round_number:
                    table.add(server.name, seconds=seconds, cpu=server.cpu_seconds() - before)
    table.show()
