"""Links in: two records that may be one person (ADT^A24), and their parting (A37)."""

from __future__ import annotations

from archive.models import Patient
from archive.patients import services as patients
from integrations.hl7.inbound import pairs
from integrations.hl7.inbound.context import Context, Effect, warning
from integrations.hl7.maps import adt2patient
from integrations.hl7.maps.rows import FieldMissing
from integrations.hl7.message import Message, SegmentList


def link(message: Message, context: Context) -> tuple[Effect, ...]:
    """Say that two records may be one person (A24); both stay, nothing moves."""
    one, other = (_provisional(part, message, context) for part in _two(message))
    new = patients.link(one=one, other=other, origin=context.origin)
    return (Effect("patient", one.pk, "linked" if new else "linked already"),)


def unlink(message: Message, context: Context) -> tuple[Effect, ...]:
    """Take the link between two records away (A37)."""
    one, other = (
        pairs.find(pairs.facts_of(part, context, named=False).identifiers) for part in _two(message)
    )
    if one is None or other is None:
        return (warning("one of them is not known here; nothing to do", field="PID-3"),)
    gone = patients.unlink(one=one, other=other, origin=context.origin)
    return (Effect("patient", one.pk, "link removed" if gone else "they were not linked"),)


def _two(message: Message) -> tuple[SegmentList, SegmentList]:
    parts = message.groups("PID")
    if len(parts) != 2:
        raise FieldMissing("two PID segments are needed", field="PID")
    return parts[0], parts[1]


def _provisional(part: SegmentList, message: Message, context: Context) -> Patient:
    return patients.register_patient(
        facts=pairs.facts_of(part, context),
        origin=context.origin,
        event_at=adt2patient.event_at(message, zone=context.zone),
        provisional=True,
    )
