"""When a message is sent again, and when a receiver is left alone for a while; pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

UNREACHABLE: Final = "peer-unreachable"
UNKNOWN_PEER: Final = "peer-unknown"
SILENT: Final = "no-ack-in-time"
BUSY: Final = "ack-AR-207"
UNREADABLE: Final = "message-key-missing"  # of `sealing`: the key may come back

MESSAGE_DELAYS: Final = tuple(timedelta(minutes=m) for m in (1, 2, 5, 15))
"""After AR or CR with 207, and after silence (specification 12); the last again and again."""

CONNECT_DELAYS: Final = tuple(timedelta(seconds=s) for s in (1, 2, 5, 15, 30))
"""Where nobody listens: asking again costs the receiver nothing."""

GIVE_UP_AFTER: Final = timedelta(days=7)
"""A message that nobody has taken by then is given up; a person has to look."""

REOPEN_WITHIN: Final = timedelta(minutes=20)
"""Trouble of the same kind that returns so soon is the same incident."""

SILENT_IN_A_ROW: Final = 2
"""One silent message may be a bad message; two are a receiver that does not answer."""

RETRIED: Final = frozenset({BUSY, SILENT, UNREADABLE})


def message_retry(
    *, code: str, attempts: int, created_at: datetime, now: datetime
) -> datetime | None:
    """Return when a message is sent again after failure number `attempts`; None: given up.

    An AE, a CE, and an AR or CR for any reason but 207, are never sent again blindly.
    """
    if code not in RETRIED or now - created_at >= GIVE_UP_AFTER:
        return None
    return now + _of(MESSAGE_DELAYS, attempts)


def line_retry(*, code: str, failures: int, now: datetime) -> datetime:
    """Return when a receiver is tried again after failure number `failures` in a row."""
    return now + _of(MESSAGE_DELAYS if code == SILENT else CONNECT_DELAYS, failures)


def _of(delays: tuple[timedelta, ...], count: int) -> timedelta:
    return delays[min(max(count, 1), len(delays)) - 1]
