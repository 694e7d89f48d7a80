"""A hostile day: what strangers, broken senders and a dead receiver may do to the HL7 doors.

Nothing is lost or doubled, the good senders do not wait, and memory stays where it was.
"""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.hub import RunningHub, running_hub
from tests.support.messages import adt, msh, orm_o01, pid
from tests.support.peers.hospital import HospitalSystem, Receiver, receiving
from tests.support.ports import free_ports
from tests.support.waiting import wait_until

SITE = """
[site]
name = "General Hospital"
facility = "GH"
time_zone = "UTC"
default_issuer = "GH"

[[station]]
ae_title = "CT1"
modality = "CT"

[[hl7_peer]]
name = "HIS"
direction = "in"
application = "HIS"
address = ["127.0.0.1"]

[[hl7_peer]]
name = "BILLING"
direction = "out"
host = "127.0.0.1"
port = {billing}
messages = ["DFT^P03"]

[[hl7_peer]]
name = "RIS"
direction = "out"
host = "127.0.0.1"
port = {ris}
messages = ["ORM^O01"]

[[procedure]]
code = "CTHEAD"
name = "CT head without contrast"
modality = "CT"
cpt = "70450"
"""
IDLE, GARBAGE, DRIPPING, DEAF = 150, 25, 15, 10  # together 200 connections that do no good
GOOD, MESSAGES = 6, 25
ENDLESS_MIB = 100
SLOWEST_ANSWER_SECONDS = 10
MOST_GROWTH_MIB = 200  # a frame may be 20 MiB; 100 MiB without an end must not be held


@dataclass
class Day:
    """The mischief, running until `over` is set."""

    port: int
    over: threading.Event = field(default_factory=threading.Event)

    def connected(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def idle(self) -> None:
        """Open a connection and say nothing."""
        with contextlib.suppress(OSError), self.connected():
            self.over.wait()

    def garbage(self) -> None:
        """Say what no HL7 system would, again and again."""
        chance = random.Random(4)  # noqa: S311
        while not self.over.is_set():
            said = chance.choice(
                [
                    b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n",
                    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
                    b"\x0b\x1c\r" * 50,
                    b"\x0bMSH\x1c\r",
                    b"\x0bMSH|^~\\&|HIS\r\xff\xfe\x1c\r",
                    chance.randbytes(5_000),
                ]
            )
            with contextlib.suppress(OSError), self.connected() as sock:
                sock.sendall(said)
                self.over.wait(0.2)

    def dripping(self) -> None:
        """Send a message one byte at a time."""
        message = b"\x0b" + adt("A08").encode() + b"\x1c\r"
        while not self.over.is_set():
            with contextlib.suppress(OSError), self.connected() as sock:
                for number in range(len(message)):
                    sock.sendall(message[number : number + 1])
                    if self.over.wait(0.1):
                        return

    def deaf(self) -> None:
        """Ask much and read nothing."""
        garbled = b"\x0bMSH|^~\\&|NOBODY|NOWHERE|||20260101||ADT^A08|1|P|2.5\r\x1c\r"
        with contextlib.suppress(OSError), self.connected() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.settimeout(2)
            for _ in range(60):
                sock.sendall(garbled)
            self.over.wait()

    def endless(self) -> None:
        """Begin a frame and never end it."""
        with contextlib.suppress(OSError), self.connected() as sock:
            sock.sendall(b"\x0b" + adt("A08", header=msh("ADT^A08", number="ENDLESS")).encode())
            for _ in range(ENDLESS_MIB):
                sock.sendall(b"x" * 1_048_576)
            self.over.wait(5)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Let everybody do their worst at once."""
        deeds: list[Callable[[], None]] = [self.idle] * IDLE + [self.garbage] * GARBAGE
        deeds += [self.dripping] * DRIPPING + [self.deaf] * DEAF + [self.endless]
        threads = [threading.Thread(target=deed, daemon=True) for deed in deeds]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.over.set()
            for thread in threads:
                thread.join(30)


@pytest.fixture
def hub(tmp_path: Path, ris: Receiver, billing_port: int) -> Iterator[RunningHub]:
    with running_hub(tmp_path) as hub:
        hub.apply_site(SITE.format(billing=billing_port, ris=ris.port))
        yield hub


@pytest.fixture
def ris() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def billing_port() -> int:
    return free_ports(1)[0]


def resident_mib(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def orders_of(sender: int, port: int) -> list[float]:
    """Send orders like a good system, and return how long each answer took."""
    took = []
    with HospitalSystem(port, seconds=60) as system:
        for number in range(MESSAGES):
            name = f"G{sender}N{number}"
            message = orm_o01(
                header=msh("ORM^O01^ORM_O01", number=name),
                person=pid(identifier=f"P{sender}X{number}^^^GH^MR"),
                placer=f"{name}^HIS",
                accession=name,
            )
            started = time.monotonic()
            ack = system.send(message)
            took.append(time.monotonic() - started)
            assert (ack.code, ack.answers) == ("AA", name)
    return took


def test_good_senders_do_not_notice_two_hundred_bad_ones(hub: RunningHub) -> None:
    listener = hub.processes()["mllp"]["pid"]
    before = resident_mib(listener)
    with Day(hub.mllp_port).running(), ThreadPoolExecutor(GOOD) as pool:
        time.sleep(1)
        work = [pool.submit(orders_of, sender, hub.mllp_port) for sender in range(GOOD)]
        took = sorted(seconds for one in work for seconds in one.result(timeout=240))
    assert took[-1] < SLOWEST_ANSWER_SECONDS, f"the slowest answer took {took[-1]:.1f} s"
    assert hub.processes()["mllp"] == {"pid": listener, "restarts": 0}
    assert resident_mib(listener) - before < MOST_GROWTH_MIB
    token = hub.token("admin")
    exams = hub.get("/api/exams/?page_size=500", token=token)
    accessions = Counter(row["accession_number"] for row in exams["results"])
    wanted = {f"G{sender}N{number}" for sender in range(GOOD) for number in range(MESSAGES)}
    assert accessions == Counter(wanted)
    kept = hub.get("/api/messages/?control_id=ENDLESS", token=token)
    assert kept["count"] == 0, "a frame that never ended is no message"


def charged_exam(hub: RunningHub, token: str, name: str) -> dict[str, Any]:
    """Order an exam, and start and complete it by hand; its charge is due then."""
    with HospitalSystem(hub.mllp_port) as his:
        header = msh("ORM^O01^ORM_O01", number=name)
        assert his.send(orm_o01(header=header, placer=f"{name}^HIS", accession=name)).code == "AA"
    row = hub.get(f"/api/exams/?accession_number={name}", token=token)["results"][0]
    for act in ("arrive", "start", "complete"):
        hub.post(f"/api/exams/{row['id']}/{act}/", token=token)
    return dict(row)


def refused(hub: RunningHub, token: str) -> set[str]:
    """Return the charges that billing would not take."""
    query = "/api/messages/?direction=out&peer=BILLING&type=DFT%5EP03&state=rejected"
    return {row["id"] for row in hub.get(query, token=token)["results"]}


def test_a_billing_system_that_is_down_and_then_refuses_twice_is_billed_once(
    hub: RunningHub, ris: Receiver, billing_port: int
) -> None:
    token = hub.token("admin")
    exam = charged_exam(hub, token, "H1")

    def charge() -> str:
        return str(hub.get(f"/api/exams/{exam['id']}/", token=token)["charge_status"])

    wait_until(lambda: len(ris.of_type("ORM")) == 2, seconds=60, what="the RIS is told meanwhile")
    assert charge() in ("ready", "sent")
    refusals = iter([("AE", "207"), ("AE", "207")])
    script: Callable[[str], tuple[str, str]] = lambda _: next(refusals, ("AA", ""))  # noqa: E731
    with receiving(script, port=billing_port) as billing:
        sent_again: set[str] = set()
        while len(sent_again) < 2:
            (fresh,) = wait_until(
                lambda: refused(hub, token).difference(sent_again),
                seconds=90,
                what="billing refused it",
            )
            hub.post(f"/api/messages/{fresh}/resend/", token=token)
            sent_again.add(fresh)
        wait_until(lambda: charge() == "accepted", seconds=90, what="billing took it")
        time.sleep(2)
        charges = billing.of_type("DFT^P03")
    transactions = Counter(
        segment.split("|")[2]
        for message in charges
        for segment in message.split("\r")
        if segment.startswith("FT1|")
    )
    assert list(transactions.values()) == [3], "one transaction, asked three times, accepted once"
