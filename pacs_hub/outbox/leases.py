"""Claim a row by conditional UPDATE: whoever changes it owns it until the lease runs out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)


def free(now: datetime) -> Q:
    """Filter for rows that nobody holds: never claimed, or the lease has run out."""
    return Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)


def claim(rows: QuerySet[M], *, pk: Any, now: datetime, seconds: float) -> bool:
    """Try to claim row `pk` of `rows` for `seconds`; False when another was faster."""
    return bool(
        rows.filter(free(now), pk=pk).update(claimed_until=now + timedelta(seconds=seconds))
    )
