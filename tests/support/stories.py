"""Stories of a few patients as HL7 messages, and what the hospital sees of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from archive.models import Patient, PatientIdentifier
from archive.patients.queries import resolve
from integrations.hl7.inbox.models import InboundMessage
from tests.support.messages import joined, msh, orm_o01, pid
from tests.support.scheduled import siu
from worklist.models import Appointment, Exam, Order, Visit

Happening = tuple[str, int, int]
"""What happened, to which patient (1 to 3), and one of two: name, order, ward or other patient."""

AGAIN: Final = "AGAIN-"
NAMES: Final = ("DOE^JANE", "DOE^JANET")
WARDS: Final = ("W1^R1^B1", "W2^R2^B2")
VISIT_EVENTS: Final = ("A01", "A04", "A08", "A02", "A03", "A11")
PATIENT_EVENTS: Final = ("A31", "A40")
ORDER_CONTROLS: Final = ("NW", "XO", "IP", "CM", "CA")
APPOINTMENT_EVENTS: Final = ("S12", "S13", "S15", "S26")
EVENTS: Final = (*VISIT_EVENTS, *PATIENT_EVENTS, *ORDER_CONTROLS, *APPOINTMENT_EVENTS)


def at(minute: int) -> str:
    """Return a time of the story."""
    return f"20261124{9 + minute // 60:02d}{minute % 60:02d}00+0000"


def told(story: Iterable[Happening]) -> list[bytes]:
    """Return the messages, each a minute after the one before."""
    return [
        _message(n, *happening).replace("V77", f"V{happening[1]}^^^GH").encode()
        for n, happening in enumerate(story)
    ]


def _message(n: int, event: str, patient: int, choice: int) -> str:
    person = pid(identifier=f"P{patient}^^^GH^MR", name=NAMES[choice], account="")
    if event in ORDER_CONTROLS:
        return _order(n, event, patient, choice)
    if event in APPOINTMENT_EVENTS:
        day = 25 + (n + choice) % 3
        return siu(
            event,
            header=msh(f"SIU^{event}^SIU_S12", number=f"M{n}", at=at(n)),
            person=pid(identifier=f"P{patient}^^^GH^MR", account=""),
            number=f"A{patient}^HIS",
            order=f"F{patient}1^HIS",
            start=f"202611{day}140000+0000",
            at=at(n),
        )
    segments = [msh(f"ADT^{event}", number=f"M{n}", at=at(n)), f"EVN|{event}|{at(n)}", person]
    if event == "A40":
        segments.append(f"MRG|P{(patient + choice) % 3 + 1}^^^GH^MR")
    if event in VISIT_EVENTS:
        fields = {
            1: "1",
            2: "O" if event == "A04" else "I",
            3: WARDS[choice],
            19: f"V{patient}^^^GH",
        }
        fields |= {44: at(n)} if event in ("A01", "A04") else {45: at(n)} if event == "A03" else {}
        segments.append("PV1|" + "|".join(fields.get(f, "") for f in range(1, 46)))
    return joined(*segments)


def _order(n: int, control: str, patient: int, choice: int) -> str:
    code, status = ("SC", control) if control in ("IP", "CM") else (control, "")
    return orm_o01(
        code,
        status=status,
        header=msh("ORM^O01^ORM_O01", number=f"M{n}", at=at(n)),
        person=pid(identifier=f"P{patient}^^^GH^MR", account=""),
        placer=f"O{patient}{choice}^HIS",
        filler=f"F{patient}{choice}^HIS",
        accession=f"X{patient}{choice}",
        start="" if choice else f"20261124{15 + n % 3}0000+0000",  # 1 has appointments
        at=at(n),
    )


def world() -> dict[str, Any]:
    """Return what the hospital can see, without ids and clocks of ours."""
    return {
        "patients": sorted(_patient(row) for row in PatientIdentifier.objects.all()),
        "visits": sorted(_visit(row) for row in Visit.objects.all()),
        "orders": sorted(
            (row.placer_order_number, row.status, _whose(row.patient))
            for row in Order.objects.all()
        ),
        "exams": sorted(_exam(row) for row in Exam.objects.all()),
        "appointments": sorted(
            (row.filler_number, row.status, _open(row.status, row.start), _whose(row.patient))
            for row in Appointment.objects.all()
        ),
    }


def cases() -> set[tuple[str, str]]:
    """Return the messages that wait for a person or for something that has not come."""
    waiting = InboundMessage.objects.filter(processing_state__in=("held", "parked", "received"))
    rows = waiting.values_list("control_id", "processing_state")
    return {(number.removeprefix(AGAIN), state) for number, state in rows}


def again(raw: bytes) -> bytes:
    """Return the message under another control id, as some systems send it again."""
    return raw.replace(b"|M", f"|{AGAIN}M".encode(), 1)


def _whose(patient: Patient) -> str:
    return min(resolve(patient).identifiers.values_list("value", flat=True))


def _open(status: str, start: datetime | None) -> str:
    """Return a time that still counts: what has ended is not moved any more."""
    return str(start) if status in ("booked", "scheduled", "arrived", "ready") else ""


def _patient(row: PatientIdentifier) -> tuple[str, ...]:
    patient = resolve(row.patient)
    return row.value, _whose(patient), patient.state, patient.name


def _visit(row: Visit) -> tuple[str, ...]:
    times = str(row.admitted_at), str(row.discharged_at)
    return row.number, row.status, row.patient_class, row.location, *times, _whose(row.patient)


def _exam(row: Exam) -> tuple[str, ...]:
    """Return an exam with its newest step: earlier ones, missed or cancelled, are history."""
    step = row.requested_procedure.steps.order_by("pk").last()
    told = (step.status, _open(step.status, step.start)) if step is not None else ()
    return row.placer_order_number, row.status, *told, _whose(row.patient)
