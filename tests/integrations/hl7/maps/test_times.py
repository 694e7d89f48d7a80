"""HL7 times, with and without an offset, whole and in part."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from integrations.hl7.maps import times

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("sent", "instant"),
    [
        ("20261124100000+0100", datetime(2026, 11, 24, 9, tzinfo=UTC)),
        ("20261124100000", datetime(2026, 11, 24, 9, tzinfo=UTC)),
        ("202607011000", datetime(2026, 7, 1, 8, tzinfo=UTC)),
        ("2026112410", datetime(2026, 11, 24, 9, tzinfo=UTC)),
        ("20261124", datetime(2026, 11, 23, 23, tzinfo=UTC)),
        ("20261124100000.1234-0500", datetime(2026, 11, 24, 15, 0, 0, 123400, tzinfo=UTC)),
        ("202611242400", datetime(2026, 11, 24, 23, tzinfo=UTC)),
    ],
)
def test_a_time_without_offset_is_the_sites(sent: str, instant: datetime) -> None:
    assert times.moment(sent, zone=PARIS) == instant


@pytest.mark.parametrize("sent", ["", '""', "2026", "202611"])
def test_less_than_a_day_is_no_instant(sent: str) -> None:
    assert times.moment(sent, zone=PARIS) is None
    assert times.day(sent) is None


@pytest.mark.parametrize("sent", ["tomorrow", "20261332", "2026-11-24", "20261124996000"])
def test_what_is_no_time_is_refused_with_its_place(sent: str) -> None:
    with pytest.raises(times.BadTime) as caught:
        times.moment(sent, zone=PARIS, field="ORC-7.4")
    assert caught.value.field == "ORC-7.4"


def test_a_birth_date_may_carry_a_time() -> None:
    assert times.day("197001012359") == date(1970, 1, 1)


def test_what_is_written_is_read_back() -> None:
    at = datetime(2026, 7, 1, 12, 30, 5, tzinfo=UTC)
    assert times.written(at, zone=PARIS) == "20260701143005+0200"
    assert times.moment(times.written(at, zone=PARIS), zone=UTC) == at
