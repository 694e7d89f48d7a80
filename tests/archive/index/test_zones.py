"""Dates and times in another zone than ours."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from archive.dicom.matching import BadKey, DateRange, TimeRange
from archive.index.zones import in_our_zone, offset_at, offset_of

DATE, TIME = (0x00080020,), (0x00080030,)
PARIS = ZoneInfo("Europe/Paris")


def test_an_offset_is_read_or_refused() -> None:
    assert offset_of("-0530").utcoffset(None) == -timedelta(hours=5, minutes=30)
    for bad in ("0530", "+5", "+0560", "+1500", "Z"):
        with pytest.raises(BadKey):
            offset_of(bad)


def test_a_day_elsewhere_is_an_interval_here() -> None:
    day = DateRange(date(2026, 1, 5), date(2026, 1, 5))
    moved = in_our_zone({DATE: day}, asked_in=offset_of("-0500"), ours=PARIS)
    assert moved[DATE] == DateRange(date(2026, 1, 5), date(2026, 1, 6))
    assert moved[TIME] == TimeRange(time(6), time(5, 59, 59, 999_999))


def test_an_open_interval_stays_open_and_a_time_alone_stays_as_it_is() -> None:
    since = DateRange(date(2026, 7, 1), None)
    moved = in_our_zone({DATE: since}, asked_in=offset_of("+0000"), ours=PARIS)
    assert moved[DATE] == DateRange(date(2026, 7, 1), None)
    assert moved[TIME] == TimeRange(time(2), None)
    alone = {TIME: TimeRange(time(9), time(10))}
    assert in_our_zone(alone, asked_in=offset_of("+0000"), ours=PARIS) == alone


def test_whole_days_ask_nothing_of_the_time_and_the_calendar_has_ends() -> None:
    day = DateRange(date(2026, 1, 5), date(2026, 1, 5))
    moved = in_our_zone({DATE: day}, asked_in=offset_of("+0100"), ours=PARIS)
    assert (moved[DATE], moved[TIME]) == (day, TimeRange(None, None))
    always = DateRange(date.min, date.max)
    for offset in ("+1400", "-1400"):
        moved = in_our_zone({DATE: always}, asked_in=offset_of(offset), ours=PARIS)
        found = moved[DATE]
        assert isinstance(found, DateRange)
        assert found.first is not None
        assert found.last is not None
        assert found.first.year == 1
        assert found.last.year == 9999


def test_our_offset_depends_on_the_season() -> None:
    assert offset_at(datetime(2026, 1, 5, 12), PARIS) == "+0100"
    assert offset_at(datetime(2026, 7, 5, 12), PARIS) == "+0200"
