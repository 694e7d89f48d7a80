"""When a failed delivery is tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pacs_hub.outbox.backoff import CODE_CLASSES, DELAYS_SECONDS, Retry, Stop, after_failure
from tests.support.builders import MORNING


def test_waits_grow_and_stay_bounded() -> None:
    waits = []
    for attempt in range(1, 20):
        verdict = after_failure(code="peer-unreachable", attempts=attempt, now=MORNING)
        assert isinstance(verdict, Retry)
        waits.append(verdict.at - MORNING)
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=1)
    assert waits[-1] == timedelta(seconds=DELAYS_SECONDS[-1])


@pytest.mark.parametrize("code", [c for c, kind in CODE_CLASSES.items() if kind == "permanent"])
def test_what_cannot_get_better_stops_at_once(code: str) -> None:
    assert isinstance(after_failure(code=code, attempts=1, now=MORNING), Stop)


def test_an_unlisted_code_has_a_small_budget() -> None:
    assert isinstance(after_failure(code="crash", attempts=11, now=MORNING), Retry)
    assert isinstance(after_failure(code="crash", attempts=12, now=MORNING), Stop)
