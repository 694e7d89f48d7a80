"""MLLP: every message kept, applied and answered, beside servers that keep nothing."""

from __future__ import annotations

import contextlib
import os
import statistics
from pathlib import Path

import pytest

from tests.bench.mllp_senders import Maker, feed, order, update
from tests.bench.mllp_servers import Server, hl7apy_server, responder, the_hub

pytestmark = pytest.mark.bench

MESSAGES = int(os.environ.get("BENCH_MESSAGES", "1600"))
FEED = int(os.environ.get("BENCH_FEED", "20000"))
ROUNDS = 3
SLOWER = 8  # hl7apy's server gets an eighth of the messages: its rate is the same
KINDS: tuple[tuple[str, Maker], ...] = (("ADT^A08", update), ("ORM^O01", order))


def _measure(servers: list[Server], make: Maker, connections: int) -> dict[str, float]:
    """Return the median rate of each server, who take turns."""
    rates: dict[str, list[float]] = {server.name: [] for server in servers}
    for _ in range(ROUNDS):
        for server in servers:
            count = MESSAGES // SLOWER if server.once else MESSAGES
            rates[server.name].append(feed(server, make, count=count, connections=connections).rate)
    return {name: statistics.median(found) for name, found in rates.items()}


def test_durable_messages_a_second_beside_servers_that_keep_nothing(
    tmp_path: Path, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["", "MLLP, messages a second (ratio: how many times the hub is quicker)"]
    with contextlib.ExitStack() as stack:
        servers = [
            stack.enter_context(the_hub(tmp_path / "home", redis_url=redis_url)),
            stack.enter_context(hl7apy_server()),
            stack.enter_context(responder()),
        ]
        for kind, make in KINDS:
            for connections in (1, 8):
                rates = _measure(servers, make, connections)
                told = ", ".join(
                    f"{name} {rate:,.0f} ({rates['hub'] / rate:.2g})"
                    for name, rate in rates.items()
                )
                lines.append(f"  {kind}, {connections} connection(s): {told}")
    with capsys.disabled():
        print("\n".join(lines))


def test_an_answer_is_prompt_at_half_of_the_top_rate(
    tmp_path: Path, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["", "MLLP, how long an answer takes at half of the top rate (ms)"]
    with the_hub(tmp_path / "home", redis_url=redis_url) as hub:
        for kind, make in KINDS:
            for connections in (1, 8):
                top = feed(hub, make, count=MESSAGES, connections=connections).rate
                half = feed(hub, make, count=MESSAGES, connections=connections, rate=top / 2)
                figures = [half.percentile(share) for share in (0.5, 0.99)]
                lines.append(
                    f"  {kind}, {connections} connection(s), {half.rate:,.0f}/s: "
                    f"half {figures[0]:.1f}, p99 {figures[1]:.1f}"
                )
    with capsys.disabled():
        print("\n".join(lines))


def test_a_long_feed_leaves_rate_and_memory_where_they_were(
    tmp_path: Path, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """BENCH_FEED messages, a tenth of them orders; 1,000,000 take about half an hour."""
    lines = ["", f"MLLP, a feed of {FEED:,} messages over 8 connections"]
    tenth = FEED // 10
    with the_hub(tmp_path / "home", redis_url=redis_url) as hub:
        feed(hub, update, count=MESSAGES, connections=8)
        for number in range(10):
            cpu = hub.processor_seconds()
            updates = feed(hub, update, count=tenth * 9 // 10, connections=8)
            orders = feed(hub, order, count=max(tenth // 10, 8), connections=8)
            used = (hub.processor_seconds() - cpu) / tenth * 1000
            lines.append(
                f"  {(number + 1) * tenth:>9,}: {updates.rate:,.0f} updates/s, "
                f"{orders.rate:,.0f} orders/s, {used:.2f} ms of processor each, "
                f"{hub.resident_mib():.0f} MiB"
            )
    with capsys.disabled():
        print("\n".join(lines))
