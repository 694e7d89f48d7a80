"""HL7 times (TS, DTM) to ours and back: HL7 v2.5.1 2.A.22."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Final

from pacs_hub.kernel.errors import Malformed

_TIME: Final = re.compile(
    r"(?P<year>\d{4})(?:(?P<month>\d\d)(?:(?P<day>\d\d)(?:(?P<hour>\d\d)(?:(?P<minute>\d\d)"
    r"(?:(?P<second>\d\d)(?:\.(?P<fraction>\d{1,6}))?)?)?)?)?)?(?P<offset>[+-]\d{4})?"
)


class BadTime(Malformed):
    """A value that should be a date or a time is none."""

    code = "bad-time"


def moment(value: str, *, zone: tzinfo, field: str = "") -> datetime | None:
    """Return the instant; a time without an offset is the site's. None without a whole date.

    Raises:
        BadTime: it is no time.
    """
    found = _parts(value, field)
    if found is None or not found["day"]:
        return None
    hour = int(found["hour"] or 0)
    fraction = found["fraction"].ljust(6, "0")
    try:
        at = datetime(
            int(found["year"]),
            int(found["month"]),
            int(found["day"]),
            hour % 24 if hour == 24 else hour,
            int(found["minute"] or 0),
            int(found["second"] or 0),
            int(fraction),
            tzinfo=_offset(found["offset"]) or zone,
        )
        at = at + timedelta(days=1) if hour == 24 else at
        _ = at - timedelta(days=2), at + timedelta(days=2)  # it is on the clock of every zone
    except (ValueError, OverflowError) as error:
        raise BadTime(f"{field or 'the value'} is not a date and time", field=field) from error
    return at


def settled(at: datetime) -> datetime:
    """Return an instant that is on the clock: in the hour that spring leaves out, its end.

    Of a time that autumn has twice it is the first.
    """
    instant = at.astimezone(UTC)
    if at.tzinfo is None or instant.astimezone(at.tzinfo).replace(tzinfo=None) == at.replace(
        tzinfo=None
    ):
        return instant
    before, after = at.replace(fold=1).astimezone(UTC), instant
    offset = before.astimezone(at.tzinfo).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(at.tzinfo).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return (before + timedelta(seconds=1)).replace(microsecond=0)


def day(value: str, *, field: str = "") -> date | None:
    """Return the date a value begins with; None where the month or the day is left out.

    Raises:
        BadTime: it is no date.
    """
    found = _parts(value, field)
    if found is None or not found["day"]:
        return None
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError as error:
        raise BadTime(f"{field or 'the value'} is not a date", field=field) from error


def written(at: datetime, *, zone: tzinfo) -> str:
    """Return an instant as an HL7 time in `zone`, with its offset."""
    return at.astimezone(zone).strftime("%Y%m%d%H%M%S%z")


def written_day(at: date | None) -> str:
    """Return a date as an HL7 date, "" where there is none."""
    return at.strftime("%Y%m%d") if at is not None else ""


def _parts(value: str, field: str) -> dict[str, str] | None:
    text = value.strip()
    if not text or text == '""':
        return None
    found = _TIME.fullmatch(text)
    if found is None:
        raise BadTime(f"{field or 'the value'} is not a date or time", field=field)
    return found.groupdict("")


def _offset(text: str) -> timezone | None:
    if not text:
        return None
    minutes = int(text[1:3]) * 60 + int(text[3:5])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
