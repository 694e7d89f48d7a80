"""SCH, TQ1 and the resources of RGS to an appointment: HL7 v2.5.1 10.3, 10.6 (IHE RAD-48).

Where versions differ the row names the later field first, which earlier messages do not have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any, Final

from integrations.hl7.maps import adt2visit, names, nulls, rows, times
from integrations.hl7.maps.rows import FieldMissing, Row
from integrations.hl7.message import Path, SegmentList
from pacs_hub.kernel.errors import Malformed
from worklist.appointments.rules import AppointmentFacts, Command, ResourceFacts

COMMANDS: Final[dict[str, Command]] = {
    "S12": "book",
    "S13": "reschedule",
    "S14": "modify",
    "S15": "cancel",
    "S16": "discontinue",
    "S17": "delete",
    "S26": "no_show",
}

STATUS: Final[dict[str, str]] = {
    "PENDING": "pending",
    "WAITLIST": "waitlist",
    "BOOKED": "booked",
    "OVERBOOK": "booked",
    "STARTED": "checked_in",
    "COMPLETE": "fulfilled",
    "CANCELLED": "cancelled",
    "CANCELED": "cancelled",
    "DC": "cancelled",
    "DISCONTINUED": "cancelled",
    "DELETED": "entered_in_error",
    "NOSHOW": "no_show",
}
"""HL7 table 0278, SCH-25; any other value says nothing."""

UNITS: Final[dict[str, int]] = {
    "": 60,
    "M": 60,
    "MIN": 60,
    "MINUTE": 60,
    "MINUTES": 60,
    "S": 1,
    "SEC": 1,
    "SECOND": 1,
    "SECONDS": 1,
    "H": 3600,
    "HR": 3600,
    "HOUR": 3600,
    "HOURS": 3600,
    "D": 86400,
    "DAY": 86400,
    "DAYS": 86400,
}
"""Units of a duration (ISO+, UCUM and what is said) to seconds; minutes where none is sent."""

KINDS: Final[dict[str, str]] = {
    "AIS": "service",
    "AIG": "equipment",
    "AIL": "room",
    "AIP": "staff",
}
LONGEST_SECONDS: Final = 366 * 86400


class BadDuration(Malformed):
    """A duration is no number, or its unit is none."""

    code = "bad-duration"


def clock_time(segments: SegmentList, path: str, zone: tzinfo) -> datetime | None:
    """Read an instant; a time the clock leaves out in spring is the first one after."""
    at = times.moment(segments.get(path), zone=zone, field=path)
    return times.settled(at) if at is not None else None


def status(segments: SegmentList, path: str, zone: tzinfo) -> str:
    """Read a state of table 0278."""
    return STATUS.get(rows.text(segments, path, zone).strip().upper(), "")


def duration(segments: SegmentList, path: str, zone: tzinfo) -> int:
    """Read a duration in seconds; its unit is in the field after it.

    Raises:
        BadDuration: it is none.
    """
    number = rows.text(segments, path, zone).strip()
    if not number:
        return 0
    place = Path.of(path)
    unit = rows.text(segments, f"{place.segment}-{place.field + 1}.1", zone).strip().upper()
    try:
        seconds = round(float(number) * UNITS[unit])
    except (ValueError, KeyError, OverflowError) as error:
        raise BadDuration(f"{path} is not a duration", field=path) from error
    if not 0 <= seconds <= LONGEST_SECONDS:
        raise BadDuration(f"{path} is not a duration", field=path)
    return seconds


def named(segments: SegmentList, path: str, _zone: tzinfo) -> str:
    """Read the text of a coded entry, else its code."""
    place = Path.of(path)
    start = f"{place.segment}-{place.field}"
    return segments.get_first(f"{start}.2", f"{start}.1")


def person(segments: SegmentList, path: str, _zone: tzinfo) -> str:
    """Read an XCN as a DICOM PN, else its identifier."""
    return names.provider_name(rows.components(segments, path)) or segments.get_first(path)


def _text(ours: str, *paths: str, longest: int, cut: bool = True) -> Row:
    return Row(ours=ours, paths=paths, kind=rows.text, longest=longest, cut=cut)


def _named(ours: str, path: str, longest: int = 200) -> Row:
    return Row(ours=ours, paths=(path,), kind=named, longest=longest, cut=True)


APPOINTMENT: Final = (
    _text("placer_number", "SCH-1.1", longest=75, cut=False),
    _text("placer_namespace", "SCH-1.2", longest=75),
    _text("filler_number", "SCH-2.1", longest=75, cut=False),
    _text("filler_namespace", "SCH-2.2", longest=75),
    _text("occurrence", "SCH-3.1", longest=16),
    _text("group_number", "SCH-4.1", longest=75, cut=False),
    _text("schedule_id", "SCH-5.1", longest=64),
    _named("event_reason", "SCH-6"),
    _named("reason", "SCH-7"),
    _named("kind", "SCH-8", longest=64),
    Row(
        ours="start",
        paths=("TQ1-7.1", "SCH-11.4", "AIS-4.1"),
        kind=clock_time,
        note="SCH-11 is what TQ1 was before v2.5",
    ),
    Row(ours="seconds", paths=("SCH-9.1", "AIS-7.1"), kind=duration, table="units"),
    Row(ours="priority", paths=("TQ1-9.1", "SCH-11.6"), kind=rows.priority, table="0485"),
    Row(ours="contact", paths=("SCH-16",), kind=person, longest=200, cut=True),
    Row(ours="entered_by", paths=("SCH-20",), kind=person, longest=200, cut=True),
    Row(ours="status", paths=("SCH-25.1",), kind=status, table="0278"),
    _text("placer_order_number", "SCH-26.1", longest=75, cut=False),
    _text("placer_order_namespace", "SCH-26.2", longest=75),
    _text("filler_order_number", "SCH-27.1", longest=75, cut=False),
    _text("filler_order_namespace", "SCH-27.2", longest=75),
    _text("visit_number", "PV1-19.1", longest=64, cut=False),
    _text("visit_authority", "PV1-19.4", longest=64),
)

END: Final = (
    Row(ours="start", paths=("TQ1-7.1",), kind=clock_time),
    Row(ours="end", paths=("TQ1-8.1",), kind=clock_time),
)
"""TQ1 tells a duration by its two ends, which is believed before SCH-9."""

NOT_EMPTIED: Final = frozenset(
    {
        "placer_number",
        "filler_number",
        "placer_order_number",
        "filler_order_number",
        "occurrence",
        "start",
        "status",
    }
)


def _resource(segment: str, start: int) -> tuple[Row, ...]:
    """Return the rows of one kind of resource; `start` is the field its times begin at."""
    code = f"{segment}-3"
    return (
        _text("code", f"{code}.1", longest=64),
        Row(
            ours="text",
            paths=(code,) if segment in ("AIL", "AIP") else (f"{code}.2", f"{code}.1"),
            kind={"AIL": rows.joined, "AIP": person}.get(segment, rows.text),
            longest=200,
            cut=True,
        ),
        _text("scheme", *([f"{code}.3"] if segment in ("AIS", "AIG") else ()), longest=32),
        Row(ours="start", paths=(f"{segment}-{start}.1",), kind=clock_time),
        Row(ours="seconds", paths=(f"{segment}-{start + 3}.1",), kind=duration),
        _text("status", f"{segment}-{start + 6}.1", longest=64),
    )


RESOURCES: Final[dict[str, tuple[Row, ...]]] = {
    "AIS": _resource("AIS", 4),
    "AIG": _resource("AIG", 8),
    "AIL": _resource("AIL", 6),
    "AIP": _resource("AIP", 6),
}

REQUIRES_START: Final = frozenset({"book", "reschedule"})


def appointment_facts(message: SegmentList, *, zone: tzinfo, command: Command) -> AppointmentFacts:
    """Return what the message says of an appointment.

    Raises:
        SegmentMissing: there is no SCH.
        FieldMissing: it has no number, or a booking no time or nothing to say what it is for.
        BadTime, BadDuration: what it says is none.
    """
    rows.require(message, "SCH")
    said: dict[str, Any] = rows.read(APPOINTMENT, message, zone=zone)
    if not said.get("filler_number") and not said.get("placer_number"):
        raise FieldMissing("SCH-1 and SCH-2 are empty", field="SCH-2")
    if command in REQUIRES_START and "start" not in said:
        raise FieldMissing("SCH-11.4, TQ1-7 and AIS-4 are empty", field="SCH-11")
    resources = tuple(_resources(message, zone=zone))
    if command == "book" and not _says_what_for(said, resources):
        raise FieldMissing("SCH-6, SCH-7 and AIS-3 are empty", field="SCH-7")
    if seconds := _between(rows.read(END, message, zone=zone)):
        said["seconds"] = seconds
    if start := said.get("start"):
        said["zone"] = str(getattr(zone, "key", ""))[:64]
        said["wall_time"] = f"{start.astimezone(zone):%Y-%m-%dT%H:%M:%S}"
    facts = AppointmentFacts(
        **said,
        notes="\n".join(_notes(message)),
        resources=resources or None,
        cleared=nulls.cleared(APPOINTMENT, message) - NOT_EMPTIED,
        event_at=_event_at(message, zone),
        sender=adt2visit.sender(message, zone=zone),
    )
    equipment = (r.code for r in resources if r.kind == "equipment" and 0 < len(r.code) <= 16)
    return replace(facts, station_ae_title=next(equipment, ""))


EVENT_TIME: Final = (
    Row(ours="event_at", paths=("EVN-2.1", "MSH-7.1"), kind=rows.tolerated_moment),
)


def _event_at(message: SegmentList, zone: tzinfo) -> datetime | None:
    found: datetime | None = rows.read(EVENT_TIME, message, zone=zone).get("event_at")
    return found


def _says_what_for(said: dict[str, Any], resources: tuple[ResourceFacts, ...]) -> bool:
    named_by = ("event_reason", "reason", "placer_order_number", "filler_order_number")
    return any(said.get(name) for name in named_by) or any(
        r.kind == "service" and r.code for r in resources
    )


def _between(ends: dict[str, Any]) -> int:
    if "start" not in ends or "end" not in ends:
        return 0
    seconds = int((ends["end"] - ends["start"]).total_seconds())
    return seconds if 0 < seconds <= LONGEST_SECONDS else 0


def _resources(message: SegmentList, *, zone: tzinfo) -> Iterator[ResourceFacts]:
    group = ""
    for segment in message.segments:
        if segment.name == "RGS":
            group = segment.value(Path.of("RGS-1.1"))[:75]
        if segment.name in KINDS:
            own = SegmentList([segment], message.separators)
            said = rows.read(RESOURCES[segment.name], own, zone=zone)
            yield ResourceFacts(kind=KINDS[segment.name], group=group, **said)


def _notes(message: SegmentList) -> Iterator[str]:
    """Return the notes on the appointment itself: those before the patient."""
    for segment in message.segments:
        if segment.name == "PID":
            return
        if segment.name == "NTE" and (text := segment.value(Path.of("NTE-3"))):
            yield text
