"""Did a peer take what we told it, and when to call again one that did not; pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

DELAYS: Final = tuple(
    timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 4 * 60, 12 * 60, 24 * 60)
)


def took_it(status: int) -> bool:
    """Say whether a status of a normalized service is a success or a warning (PS3.7 C)."""
    return status in {0x0000, 0x0001, 0x0107, 0x0116} or status & 0xF000 == 0xB000


def next_call(*, attempts: int, now: datetime) -> datetime | None:
    """Return when to try again after failure number `attempts` (1 for the first).

    None where it was tried for long enough: a person has to look.
    """
    if attempts > len(DELAYS):
        return None
    return now + DELAYS[attempts - 1]
