"""DA and TM values (PS3.5 6.2); pure."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Final

_DATE: Final = re.compile(r"(\d{4})[.-]?(\d{2})[.-]?(\d{2})")
_TIME: Final = re.compile(r"(\d{2})(?::?(\d{2})(?::?(\d{2})(?:\.(\d{1,6}))?)?)?")


def read_date(value: str) -> date:
    """Read a DA; the forms 2026.01.05 and 2026-01-05 of old devices are understood.

    Raises:
        ValueError: it is not a date.
    """
    match = _DATE.fullmatch(value.strip(" \0"))
    if match is None:
        raise ValueError("not a date")
    year, month, day = (int(part) for part in match.groups())
    return date(year, month, day)


def read_time(value: str) -> tuple[time, time]:
    """Read a TM; returns the first and the last instant it means at the precision given.

    Raises:
        ValueError: it is not a time of day.
    """
    match = _TIME.fullmatch(value.strip(" \0"))
    if match is None:
        raise ValueError("not a time")
    hour, minute, second, fraction = match.groups()
    first = time(
        int(hour),
        int(minute or 0),
        min(int(second or 0), 59),  # 60 is a leap second
        int((fraction or "0").ljust(6, "0")),
    )
    last = time(
        first.hour,
        first.minute if minute else 59,
        first.second if second else 59,
        int(fraction.ljust(6, "9")) if fraction else 999_999,
    )
    return first, last


def da(day: date) -> str:
    """Write a DA."""
    return f"{day:%Y%m%d}"


def tm(at: time) -> str:
    """Write a TM of whole seconds."""
    return f"{at:%H%M%S}"
