"""PV1 and PV2 to a visit, and MSH-9.2 to what happens to it: HL7 v2.5.1 3.3, 3.4.3, 3.4.4."""

from __future__ import annotations

from datetime import tzinfo
from typing import Final

from integrations.hl7.maps import nulls, rows
from integrations.hl7.maps.adt2patient import event_at
from integrations.hl7.maps.rows import FieldMissing, Row
from integrations.hl7.message import SegmentList
from worklist.visits.rules import Command, VisitFacts

COMMANDS: Final[dict[str, Command]] = {
    "A01": "admit",
    "A02": "transfer",
    "A03": "discharge",
    "A04": "admit",
    "A05": "plan",
    "A06": "change_class",
    "A07": "change_class",
    "A08": "update",
    "A09": "update",  # tracking: departing
    "A10": "arrive",
    "A11": "cancel_admit",
    "A12": "cancel_transfer",
    "A13": "cancel_discharge",
    "A14": "plan",  # pending admit
    "A15": "update",  # pending transfer
    "A16": "update",  # pending discharge
    "A21": "leave",
    "A22": "return",
    "A23": "delete",
    "A25": "update",  # cancel pending discharge
    "A26": "update",  # cancel pending transfer
    "A27": "cancel_plan",  # cancel pending admit
    "A38": "cancel_plan",
}

TRACKING: Final = frozenset({"A09", "A15", "A16", "A25", "A26"})
"""Events that only tell where a patient goes next: never a reason to open a visit."""


def _text(ours: str, *paths: str, longest: int, cut: bool = True, note: str = "") -> Row:
    return Row(ours=ours, paths=paths, kind=rows.text, longest=longest, cut=cut, note=note)


def _place(ours: str, field: str) -> Row:
    return Row(ours=ours, paths=(f"{field}.1",), kind=rows.joined, longest=80, cut=True)


def _moment(ours: str, *paths: str) -> Row:
    return Row(ours=ours, paths=paths, kind=rows.tolerated_moment)


IDENTITY: Final = (
    _text("number", "PV1-19.1", longest=64, cut=False),
    _text("authority", "PV1-19.4", longest=64),
    _text("account_number", "PID-18.1", longest=64, cut=False),
    _text("account_authority", "PID-18.4", longest=64),
)

VISIT: Final = (
    _text("alternate_number", "PV1-50.1", longest=64, cut=False),
    _text("patient_class", "PV1-2.1", longest=8),
    _place("location", "PV1-3"),
    _place("prior_location", "PV1-6"),
    _place("pending_location", "PV1-42"),
    _place("temporary_location", "PV1-11"),
    Row(ours="attending_physician_name", paths=("PV1-7",), kind=rows.provider_name),
    _text("referring_physician_id", "PV1-8.1", longest=64),
    Row(ours="referring_physician_name", paths=("PV1-8",), kind=rows.provider_name),
    Row(ours="admitting_physician_name", paths=("PV1-17",), kind=rows.provider_name),
    _text("hospital_service", "PV1-10.1", longest=64),
    _text("admission_type", "PV1-4.1", longest=16),
    _text("admission_reason", "PV2-3.2", "PV2-3.1", longest=300),
    _text("discharge_disposition", "PV1-36.1", longest=64),
    _text("vip", "PV1-16.1", longest=64),
    _text("financial_class", "PV1-20.1", longest=64),
    _moment("expected_at", "PV2-8.1"),
    _moment("admitted_at", "PV1-44.1"),
    _moment("discharged_at", "PV1-45.1"),
)
"""An empty field leaves what is stored; the null value empties it."""

SENDER: Final = (
    _text("application", "MSH-3.1", longest=60),
    _text("facility", "MSH-4.1", longest=59),
)


def names_visit(segments: SegmentList) -> bool:
    """Say whether the message has the visit's own number."""
    return bool(segments.get_first("PV1-19.1"))


def visit_facts(segments: SegmentList, *, zone: tzinfo, required: bool) -> VisitFacts | None:
    """Return what the message says of a visit; None where it names none and need not.

    A visit without a number goes by the number of its account (PID-18).

    Raises:
        FieldMissing: a `required` one has neither, or no patient class.
    """
    named = rows.read(IDENTITY, segments, zone=zone)
    said = rows.read(VISIT, segments, zone=zone)
    if not named.get("number"):
        named["number"] = named.get("account_number", "")
        named["authority"] = named.get("account_authority", "")
    if not named["number"]:
        if required:
            raise FieldMissing("PV1-19 and PID-18 are empty", field="PV1-19")
        return None
    if required and not said.get("patient_class"):
        raise FieldMissing("PV1-2 is empty", field="PV1-2")
    return VisitFacts(
        **named,
        **said,
        cleared=nulls.cleared(VISIT, segments),
        event_at=event_at(segments, zone=zone),
        sender=sender(segments, zone=zone),
    )


def sender(segments: SegmentList, *, zone: tzinfo) -> str:
    """Return whose clock the event's time is of: MSH-3 and MSH-4."""
    named = rows.read(SENDER, segments, zone=zone)
    return f"{named.get('application', '')}|{named.get('facility', '')}".strip("|")
