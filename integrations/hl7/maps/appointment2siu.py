"""What we schedule to SIU^S12 to S15 and S26 (HL7 v2.5.1 10.3, SCH 10.6.5; IHE RAD-48)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from integrations.hl7.maps import names, outgoing, times
from integrations.hl7.maps.outgoing import Envelope, Incomplete, Person, Visit
from integrations.hl7.message import Value, build_message, build_segment

EVENTS: Final[dict[str, tuple[str, str]]] = {
    "booked": ("S12", "Booked"),
    "moved": ("S13", "Booked"),
    "changed": ("S14", "Booked"),
    "arrived": ("S14", "Started"),
    "cancelled": ("S15", "Cancelled"),
    "missed": ("S26", "Noshow"),
}
"""What happened to an appointment to MSH-9.2 and SCH-25 (table 0278)."""

REASONS: Final[dict[str, tuple[str, str]]] = {
    "booked": ("BOOKED", "Appointment booked"),
    "moved": ("MOVED", "Appointment moved"),
    "changed": ("CHANGED", "Appointment changed"),
    "arrived": ("ARRIVED", "Patient arrived"),
    "cancelled": ("CANCELLED", "Appointment cancelled"),
    "missed": ("NOSHOW", "Patient did not come"),
}
LOCAL: Final = "99PACSHUB"
MINUTES: Final = ("MIN", "minutes", "UCUM")


@dataclass(frozen=True, kw_only=True)
class AppointmentFacts:
    """One appointment; `change` is a key of EVENTS. Times of None are not known."""

    change: str
    placer_appointment_id: str
    filler_appointment_id: str
    start: datetime | None
    minutes: int
    reason: str = ""
    code: str = ""
    scheme: str = ""
    name: str = ""
    station_ae_title: str = ""
    room: str = ""
    staff_id: str = ""
    staff_name: str = ""
    contact: str = ""
    placer_order_number: str = ""
    placer_namespace: str = ""
    filler_order_number: str = ""
    filler_namespace: str = ""

    @property
    def procedure(self) -> Value:
        """Return AIS-3."""
        return (self.code, self.name, self.scheme)


def siu(*, envelope: Envelope, person: Person, visit: Visit, appointment: AppointmentFacts) -> str:
    """Write the whole message.

    Raises:
        Incomplete: the appointment has no id or no time, or SIU came after the version.
    """
    if not envelope.since("2.3"):
        raise Incomplete("SIU came with version 2.3", field="MSH-9")
    if not appointment.filler_appointment_id:
        raise Incomplete("the appointment has no id", field="SCH-2")
    if appointment.start is None:
        raise Incomplete("the appointment has no time", field="SCH-11")
    event, _ = EVENTS[appointment.change]
    segments = [
        outgoing.header(envelope, code="SIU", event=event, structure="SIU_S12"),
        _schedule(appointment, envelope, appointment.start),
    ]
    if envelope.since("2.5"):
        segments.append(_timing(appointment, envelope, appointment.start))
    segments += [
        outgoing.patient(person, version=envelope.version),
        outgoing.visit(visit, envelope),
        build_segment("RGS", {1: "1", 2: "U"}),
        *_resources(appointment, envelope, appointment.start),
    ]
    return build_message(segments)


def _schedule(appointment: AppointmentFacts, envelope: Envelope, start: datetime) -> str:
    _, status = EVENTS[appointment.change]
    code, text = REASONS[appointment.change]
    contact = names.xcn("", appointment.contact) if appointment.contact else ""
    fields: dict[int, Value] = {
        1: appointment.placer_appointment_id,
        2: appointment.filler_appointment_id,
        6: (code, appointment.reason or text, LOCAL),
        7: appointment.procedure,
        9: str(appointment.minutes),
        10: MINUTES,
        11: ("", "", "", *_span(appointment, envelope, start)),
        16: contact,
        20: contact,
        25: (status, status, "HL70278") if envelope.since("2.3.1") else status,
    }
    if envelope.since("2.5"):
        fields[26] = (appointment.placer_order_number, appointment.placer_namespace)
        fields[27] = (appointment.filler_order_number, appointment.filler_namespace)
    return build_segment("SCH", fields)


def _timing(appointment: AppointmentFacts, envelope: Envelope, start: datetime) -> str:
    begins, ends = _span(appointment, envelope, start)
    return build_segment("TQ1", {1: "1", 7: begins, 8: ends})


def _span(appointment: AppointmentFacts, envelope: Envelope, start: datetime) -> tuple[str, str]:
    end = start + timedelta(minutes=appointment.minutes)
    return times.written(start, zone=envelope.zone), times.written(end, zone=envelope.zone)


def _resources(appointment: AppointmentFacts, envelope: Envelope, start: datetime) -> list[str]:
    """Write what the appointment takes up: the procedure, then device, room and person."""
    begins = times.written(start, zone=envelope.zone)
    action = "D" if appointment.change == "cancelled" else "A"  # table 0206, where wanted
    length: dict[int, Value] = {7: str(appointment.minutes), 8: MINUTES}
    found = [
        build_segment("AIS", {1: "1", 2: action, 3: appointment.procedure, 4: begins, **length})
    ]
    if appointment.station_ae_title:
        device = (appointment.station_ae_title, appointment.room, LOCAL)
        fields: dict[int, Value] = {1: "1", 2: action, 3: device, 4: ("DEVICE", "", LOCAL)}
        found.append(build_segment("AIG", fields | {8: begins}))
    if appointment.room:
        found.append(
            build_segment("AIL", {1: "1", 2: action, 3: ("", appointment.room), 6: begins})
        )
    if appointment.staff_id or appointment.staff_name:
        staff = names.xcn(appointment.staff_id, appointment.staff_name)
        found.append(build_segment("AIP", {1: "1", 2: action, 3: staff, 6: begins}))
    return found
