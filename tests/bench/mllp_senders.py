"""Systems that send as fast as they are answered, or at a steady rate, and write down how long."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.bench.mllp_servers import Server
from tests.support.messages import adt, msh, orm_o01, pid
from tests.support.peers.hospital import Ack, HospitalSystem

PATIENTS = 500
_numbers = itertools.count(1)
Maker = Callable[[], bytes]


def update() -> bytes:
    """Return an ADT^A08 that changes something of one of `PATIENTS`."""
    number = next(_numbers)
    person = pid(identifier=f"P{number % PATIENTS}^^^GH^MR", account=f"ACC{number}")
    return adt("A08", header=msh("ADT^A08^ADT_A01", number=f"B{number}"), person=person).encode()


def order() -> bytes:
    """Return an ORM^O01 with a new order of one of `PATIENTS`."""
    number = next(_numbers)
    return orm_o01(
        header=msh("ORM^O01^ORM_O01", number=f"B{number}"),
        person=pid(identifier=f"P{number % PATIENTS}^^^GH^MR"),
        placer=f"BP{number}^HIS",
        accession=f"BA{number}",
    ).encode()


@dataclass(frozen=True)
class Feed:
    """What came of a feed: messages a second, and how long each answer took, sorted."""

    rate: float
    took: tuple[float, ...]

    def percentile(self, share: float) -> float:
        """Return how long all but 1 - `share` of the answers took at most, in ms."""
        return self.took[min(int(len(self.took) * share), len(self.took) - 1)] * 1000


def feed(server: Server, make: Maker, *, count: int, connections: int, rate: float = 0.0) -> Feed:
    """Send `count` messages over `connections`, each awaited; at `rate` a second where given."""
    share = count // connections
    batches = [[make() for _ in range(share)] for _ in range(connections)]
    pause = connections / rate if rate else 0.0
    took: list[list[float]] = [[] for _ in batches]
    threads = [
        threading.Thread(target=_send, args=(server, batch, pause, times))
        for batch, times in zip(batches, took, strict=True)
    ]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    every = sorted(itertools.chain.from_iterable(took))
    assert len(every) == share * connections, "a sender gave up"
    return Feed(len(every) / seconds, tuple(every))


def _send(server: Server, batch: Sequence[bytes], pause: float, took: list[float]) -> None:
    system: HospitalSystem | None = None
    due = time.perf_counter()
    for message in batch:
        if pause:
            due += pause
            time.sleep(max(due - time.perf_counter(), 0))
        began = time.perf_counter()
        system = system or HospitalSystem(server.port, seconds=60)
        system.write(message)
        answer = system.read()
        assert b"MSA|AA|" in answer, Ack(answer).raw
        took.append(time.perf_counter() - began)
        if server.once:
            system.close()
            system = None
    if system is not None:
        system.close()
