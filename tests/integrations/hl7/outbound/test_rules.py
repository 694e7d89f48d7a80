"""When a message is sent again, and when a receiver is left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from integrations.hl7.outbound.rules import line_retry, message_retry

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "minutes"),
    [("ack-AR-207", [1, 2, 5, 15, 15, 15]), ("no-ack-in-time", [1, 2, 5, 15, 15, 15])],
)
def test_a_message_is_sent_again_ever_later(code: str, minutes: list[int]) -> None:
    waits = [message_retry(code=code, attempts=n, created_at=NOW, now=NOW) for n in range(1, 7)]
    assert waits == [NOW + timedelta(minutes=m) for m in minutes]


@pytest.mark.parametrize("code", ["ack-AE", "ack-AR", "peer-unknown", "malformed", "x"])
def test_a_refused_message_is_never_sent_again_blindly(code: str) -> None:
    assert message_retry(code=code, attempts=1, created_at=NOW, now=NOW) is None


def test_nothing_is_tried_for_ever() -> None:
    long_ago = NOW - timedelta(days=7)
    assert message_retry(code="ack-AR-207", attempts=3, created_at=long_ago, now=NOW) is None


def test_an_absent_receiver_is_asked_every_half_minute_a_deaf_one_every_quarter() -> None:
    away = [line_retry(code="peer-unreachable", failures=n, now=NOW) - NOW for n in (1, 2, 5, 99)]
    assert [wait.total_seconds() for wait in away] == [1, 2, 30, 30]
    deaf = [line_retry(code="no-ack-in-time", failures=n, now=NOW) - NOW for n in (1, 4, 99)]
    assert [wait.total_seconds() for wait in deaf] == [60, 900, 900]
