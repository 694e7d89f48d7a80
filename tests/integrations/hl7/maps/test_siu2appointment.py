"""SCH, TQ1 and resources to an appointment."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from integrations.hl7.maps import times
from integrations.hl7.maps.rows import FieldMissing, SegmentMissing
from integrations.hl7.maps.siu2appointment import BadDuration, appointment_facts
from integrations.hl7.message import Message
from tests.support.messages import joined, msh, pid
from tests.support.scheduled import siu
from worklist.appointments.rules import AppointmentFacts, Command

PARIS = ZoneInfo("Europe/Paris")


def facts(text: str, command: Command = "book") -> AppointmentFacts:
    return appointment_facts(Message(text), zone=PARIS, command=command)


def test_an_appointment_is_read_whole() -> None:
    told = facts(
        siu("S12", start="20261125103000", minutes="30", order="F1^RIS", status="Overbook")
    )
    assert (told.filler_number, told.filler_namespace) == ("A1", "SCHED")
    assert told.start == datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
    assert (told.zone, told.wall_time) == ("Europe/Paris", "2026-11-25T10:30:00")
    assert (told.seconds, told.status) == (1800, "booked")
    assert told.filler_order_number == "F1"
    assert told.procedure_codes == ("CTHEAD",)
    assert told.station_ae_title == "CT1"
    assert [r.kind for r in told.resources or ()] == ["service", "equipment", "room", "staff"]


@pytest.mark.parametrize(
    ("amount", "unit", "seconds"),
    [
        ("30", "", 1800),
        ("30", "MIN", 1800),
        ("90", "s", 90),
        ("1.5", "HR", 5400),
        ("1", "D", 86400),
    ],
)
def test_a_duration_has_its_unit(amount: str, unit: str, seconds: int) -> None:
    assert facts(siu("S12", minutes=amount, unit=unit)).seconds == seconds


@pytest.mark.parametrize(("amount", "unit"), [("x", "MIN"), ("-5", "MIN"), ("5", "FORTNIGHT")])
def test_what_is_no_duration_is_refused(amount: str, unit: str) -> None:
    with pytest.raises(BadDuration):
        facts(siu("S12", minutes=amount, unit=unit))


def test_the_two_ends_of_tq1_are_believed_before_sch() -> None:
    text = siu("S12").replace("PID|", "TQ1|1||||||20261125100000+0000|20261125104500+0000\rPID|", 1)
    told = facts(text)
    assert told.start == datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
    assert told.seconds == 45 * 60


@pytest.mark.parametrize(
    ("wall", "instant"),
    [
        ("20260329013000", datetime(2026, 3, 29, 0, 30, tzinfo=UTC)),
        ("20260329023000", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),  # left out: 03:00 is next
        ("20260329030000", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        ("20261025023000", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # twice: the first
        ("20261025023000+0100", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ("20261124240000", datetime(2026, 11, 24, 23, 0, tzinfo=UTC)),
        ("20280229090000", datetime(2028, 2, 29, 8, 0, tzinfo=UTC)),
    ],
)
def test_days_on_which_the_clock_changes(wall: str, instant: datetime) -> None:
    assert facts(siu("S12", start=wall)).start == instant


def test_a_time_of_a_place_at_another_half_hour_is_settled_too() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")  # half an hour forward on 4 October 2026
    at = datetime(2026, 10, 4, 2, 15, tzinfo=lord_howe)
    assert times.settled(at).astimezone(lord_howe).strftime("%H:%M:%S") == "02:30:00"


def test_what_is_missing_is_named() -> None:
    with pytest.raises(SegmentMissing):
        facts(joined(msh("SIU^S12"), pid()))
    with pytest.raises(FieldMissing, match="SCH-1"):
        facts(joined(msh("SIU^S12"), "SCH||||||X", pid()))
    with pytest.raises(FieldMissing, match="SCH-11"):
        facts(joined(msh("SIU^S12"), "SCH||A1||||X", pid()))
    with pytest.raises(FieldMissing, match="AIS-3"):
        facts(joined(msh("SIU^S12"), "SCH||A1|||||||||^^^20261125", pid()))
    assert facts(joined(msh("SIU^S15"), "SCH||A1||||SICK", pid()), "cancel").start is None


def test_the_null_value_empties_and_never_the_numbers() -> None:
    text = joined(msh("SIU^S14"), 'SCH|""|A1|||""|""|""', pid())
    told = facts(text, "modify")
    assert told.cleared == {"schedule_id", "event_reason", "reason"}
