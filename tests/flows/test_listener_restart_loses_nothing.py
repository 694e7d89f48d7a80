"""The HL7 listener is killed in the middle of its work; no order is lost or doubled."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from tests.support.hub import PROJECT
from tests.support.messages import msh, orm_o01
from tests.support.mllp_door import LISTENER_PROCESS
from tests.support.peers.hospital import Ack, HospitalSystem
from tests.support.ports import free_ports
from tests.support.waiting import wait_until

ORDERS = 60
KILLS = 4


class KillableListener:
    """The MLLP process on one home, started again after each kill."""

    def __init__(self, home: Path) -> None:
        (self.port,) = free_ports(1)
        self.environment = {
            **os.environ,
            "HUB_HOME": str(home),
            "HUB_MLLP_PORT": str(self.port),
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "DJANGO_SETTINGS_MODULE": "pacs_hub.settings",
        }
        self.environment.pop("DATABASE_URL", None)
        self.start()

    def start(self) -> None:
        """Start, and wait until somebody answers."""
        self.process = subprocess.Popen(
            [sys.executable, "-c", LISTENER_PROCESS], env=self.environment, cwd=PROJECT
        )
        wait_until(self._answers, seconds=60, what="the listener answers")

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            HospitalSystem(self.port).close()
            return True
        return False

    def end(self, how: signal.Signals) -> None:
        """End the process with a signal."""
        self.process.send_signal(how)
        self.process.wait(30)


def _order(number: int) -> str:
    return orm_o01(
        "NW",
        header=msh("ORM^O01", number=f"KILL{number}"),
        placer=f"K{number}^HIS",
        accession=f"ACC{number}",
    )


def test_every_acknowledged_order_is_there_once(tmp_path: Path) -> None:
    chance = random.Random(20261124)  # noqa: S311
    listener = KillableListener(tmp_path)
    kills = sorted(chance.sample(range(5, ORDERS), KILLS))
    system = HospitalSystem(listener.port)
    try:
        for number in range(ORDERS):
            if number in kills:  # the message is written, the answer will not come
                system.write(_order(number))
                time.sleep(chance.random() * 0.02)
                listener.end(signal.SIGKILL)
                listener.start()
                system = HospitalSystem(listener.port)
            ack: Ack = system.send(_order(number))
            assert (ack.code, ack.answers) == ("AA", f"KILL{number}")
    finally:
        system.close()
        listener.end(signal.SIGTERM)
    with sqlite3.connect(tmp_path / "hub.sqlite3") as rows:
        accessions = rows.execute("SELECT accession_number FROM worklist_exam").fetchall()
        accepted = rows.execute(
            "SELECT COUNT(*) FROM outbox_outboxmessage WHERE event = 'OrderAccepted'"
        ).fetchone()
        applied = rows.execute(
            "SELECT control_id, COUNT(*) FROM integrations_inboundmessage "
            "WHERE processing_state = 'processed' GROUP BY control_id"
        ).fetchall()
        waiting = rows.execute(
            "SELECT COUNT(*) FROM integrations_inboundmessage WHERE processing_state = 'received'"
        ).fetchone()
    assert sorted(accessions) == sorted((f"ACC{n}",) for n in range(ORDERS))
    assert accepted == (ORDERS,)
    assert sorted(applied) == sorted((f"KILL{n}", 1) for n in range(ORDERS))
    assert waiting == (0,)
