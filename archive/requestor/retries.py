"""When to call again somebody who was away: soon, then ever later, then never; pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

DELAYS: Final = tuple(
    timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 4 * 60, 12 * 60, 24 * 60)
)


def next_call(*, attempts: int, now: datetime) -> datetime | None:
    """Return when to try again after failure number `attempts` (1 for the first).

    None where it was tried for long enough: a person has to look.
    """
    if attempts > len(DELAYS):
        return None
    return now + DELAYS[attempts - 1]
