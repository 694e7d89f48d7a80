"""Dates and times of DICOM queries as the intervals they mean (PS3.5 6.2, PS3.4 C.2.2.2.5)."""

from __future__ import annotations

import calendar
from datetime import date, time
from typing import TypeVar

from pacs_hub.kernel.errors import Malformed

Moment = TypeVar("Moment", date, time)


class BadDate(Malformed):
    """Not a date or a time, nor a range of them."""

    code = "bad-date"


def date_interval(text: str) -> tuple[date | None, date | None]:
    """Return first and last day of `20260105`, `20260101-`, `-20260131` or `202601`.

    Raises:
        BadDate: it is none of these, or ends before it begins.
    """
    first, last = _ends(text.replace(".", ""))
    begin = _day(first, last_of_period=False) if first else None
    end = _day(last, last_of_period=True) if last else None
    return _ordered(begin, end)


def time_interval(text: str) -> tuple[time | None, time | None]:
    """Return first and last instant of `1015`, `101500-`, `-12` or `080000-120000.5`.

    Raises:
        BadDate: it is none of these, or ends before it begins.
    """
    first, last = _ends(text.replace(":", ""))
    begin = _instant(first, last_of_period=False) if first else None
    end = _instant(last, last_of_period=True) if last else None
    return _ordered(begin, end)


def da(value: date | None) -> str:
    """Return a date as DICOM writes it."""
    return value.strftime("%Y%m%d") if value else ""


def tm(value: time | None) -> str:
    """Return a time as DICOM writes it, with a fraction where it has one."""
    if value is None:
        return ""
    return value.strftime("%H%M%S.%f" if value.microsecond else "%H%M%S")


def _ends(text: str) -> tuple[str, str]:
    first, dash, last = text.strip().partition("-")
    return (first.strip(), last.strip()) if dash else (first, first)


def _ordered(begin: Moment | None, end: Moment | None) -> tuple[Moment | None, Moment | None]:
    if begin is not None and end is not None and end < begin:
        raise BadDate("the range ends before it begins")
    return begin, end


def _day(text: str, *, last_of_period: bool) -> date:
    if not text.isascii() or not text.isdigit() or len(text) not in {4, 6, 8}:
        raise BadDate("not a date: write YYYYMMDD or a range such as YYYYMMDD-YYYYMMDD")
    year, month, day = int(text[:4]), int(text[4:6] or 0), int(text[6:] or 0)
    try:
        month = month or (12 if last_of_period else 1)
        day = day or (calendar.monthrange(year, month)[1] if last_of_period else 1)
        return date(year, month, day)
    except (ValueError, calendar.IllegalMonthError) as error:
        raise BadDate("there is no such day") from error


def _instant(text: str, *, last_of_period: bool) -> time:
    whole, _, fraction = text.partition(".")
    digits = whole + fraction
    if not digits.isascii() or not digits.isdigit() or len(whole) not in {2, 4, 6}:
        raise BadDate("not a time: write HHMMSS or a range such as HHMMSS-HHMMSS")
    filler = "9" if last_of_period else "0"
    rest = "5959" if last_of_period else "0000"
    whole = (whole + rest[len(whole) - 2 :])[:6]
    try:
        return time(
            int(whole[:2]), int(whole[2:4]), int(whole[4:]), int(fraction.ljust(6, filler)[:6])
        )
    except ValueError as error:
        raise BadDate("there is no such time") from error
