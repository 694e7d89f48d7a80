"""Dates and times of a query in another time zone than ours (0008,0201); pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import Final

from archive.dicom.matching import BadKey, DateRange, TimeRange
from archive.index.keys import STUDY_DATE, STUDY_TIME, Match, Path

TIMEZONE_OFFSET: Final = 0x00080201
_OFFSET: Final = re.compile(r"([+-])(\d{2})(\d{2})")


def offset_of(text: str) -> timezone:
    """Read a Timezone Offset From UTC, such as -0500.

    Raises:
        BadKey: it is none.
    """
    found = _OFFSET.fullmatch(text.strip(" \0"))
    if found is None or int(found[2]) > 14 or int(found[3]) > 59:
        raise BadKey("not an offset from UTC", field="TimezoneOffsetFromUTC")
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(-offset if found[1] == "-" else offset)


def offset_at(at: datetime, zone: tzinfo) -> str:
    """Return the offset of a zone at a moment of its own clock, as (0008,0201) has it."""
    return at.replace(tzinfo=zone).strftime("%z")


def in_our_zone(
    matches: Mapping[Path, Match], *, asked_in: timezone, ours: tzinfo
) -> dict[Path, Match]:
    """Return the keys with the interval of study date and time moved to our zone (PS3.4 C.2.2.2.5).

    The two then mean one interval; a time without a date stays as it is. Days that stay whole days
    ask nothing of the time, so that a study without one is among them.
    """
    out = dict(matches)
    days, times = out.get((STUDY_DATE,)), out.get((STUDY_TIME,))
    if not isinstance(days, DateRange):
        return out
    if not isinstance(times, TimeRange):
        times = TimeRange(None, None)
    first = last = None
    if days.first is not None:
        first = _moved(days.first, times.first or time.min, asked_in, ours)
    if days.last is not None:
        last = _moved(days.last, times.last or time.max, asked_in, ours)
    out[STUDY_DATE,] = DateRange(first.date() if first else None, last.date() if last else None)
    since = first.time() if first and first.time() != time.min else None
    until = last.time() if last and last.time() != time.max else None
    out[STUDY_TIME,] = TimeRange(since, until)
    return out


def _moved(day: date, at: time, asked_in: timezone, ours: tzinfo) -> datetime:
    """Return a moment on our clock; at the ends of the calendar it stays where it is."""
    moment = datetime.combine(day, at, asked_in)
    try:
        return moment.astimezone(ours)
    except OverflowError:
        return moment
