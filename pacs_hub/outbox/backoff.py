"""When to try again, decided by the code of the failure and the number of tries; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

PERMANENT: Final = "permanent"
AMBIGUOUS: Final = "ambiguous"
TRANSIENT: Final = "transient"

CODE_CLASSES: Final[dict[str, str]] = {
    "peer-refused": TRANSIENT,
    "peer-unreachable": TRANSIENT,
    "peer-unknown": TRANSIENT,
    "ack-AR-207": TRANSIENT,
    "unavailable": TRANSIENT,
    "no-ack-in-time": AMBIGUOUS,
    "ack-AE": PERMANENT,
    "ack-AR": PERMANENT,
    "malformed": PERMANENT,
    "unknown": PERMANENT,
    "conflict": PERMANENT,
}
"""What each failure means for a retry; a code that is not listed is a bug and retried."""

DELAYS_SECONDS: Final = (1, 2, 5, 15, 60, 120, 300, 900)
BUDGET_ATTEMPTS: Final = {TRANSIENT: 1_000, AMBIGUOUS: 1_000, PERMANENT: 1}
UNLISTED_BUDGET: Final = 12


@dataclass(frozen=True)
class Retry:
    """Try again at `at`."""

    at: datetime


@dataclass(frozen=True)
class Stop:
    """Give up: a person has to look."""

    reason: str


def after_failure(*, code: str, attempts: int, now: datetime) -> Retry | Stop:
    """Decide what follows failure number `attempts` (1 for the first) with `code`."""
    kind = CODE_CLASSES.get(code)
    budget = BUDGET_ATTEMPTS[kind] if kind else UNLISTED_BUDGET
    if attempts >= budget:
        return Stop(reason=f"{code} after {attempts} attempt(s)")
    delay = DELAYS_SECONDS[min(attempts, len(DELAYS_SECONDS)) - 1]
    return Retry(at=now + timedelta(seconds=delay))
