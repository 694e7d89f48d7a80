"""A burst of commits is one nudge, and a broker that is away costs nobody anything."""

from __future__ import annotations

import time

from celery import current_app

from pacs_hub.outbox.nudges import Nudger
from tests.support.waiting import wait_until


def _sent(queue: str) -> int:
    with current_app.connection_for_read() as connection:
        return int(connection.default_channel.queue_declare(queue).message_count)


def test_a_burst_of_nudges_is_sent_as_few() -> None:
    queue = str(current_app.conf.task_default_queue)
    before = _sent(queue)
    nudger = Nudger()
    for _ in range(500):
        nudger.nudge("test.nothing")
    wait_until(lambda: _sent(queue) > before, seconds=5, what="a nudge arrives")
    assert _sent(queue) - before < 50


def test_a_broker_that_is_away_does_not_hold_up_the_caller() -> None:
    broker = current_app.conf.broker_url
    current_app.conf.broker_url = "redis://127.0.0.1:1/0"
    try:
        nudger = Nudger()
        started = time.monotonic()
        for _ in range(100):
            nudger.nudge("test.nothing")
        assert time.monotonic() - started < 0.5
    finally:
        current_app.conf.broker_url = broker
