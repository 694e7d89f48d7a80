"""A PID and the MRG that goes with it: whom both name, and whether they may go together."""

from __future__ import annotations

from collections.abc import Sequence

from archive.models import Patient
from archive.patients import queries
from archive.patients import services as patients
from archive.patients.rules import Identifier, PatientFacts
from integrations.hl7.inbound.context import Context, Held
from integrations.hl7.maps import adt2patient
from integrations.hl7.message import Message, SegmentList
from pacs_hub.kernel.errors import Conflict


class MergeOfOneIdentifier(Conflict):
    """PID-3 and MRG-1 are the same identifier."""

    code = "merge-of-one-identifier"


def pairs(message: Message) -> list[SegmentList]:
    """Return the message in parts of one PID and what follows it, as one where there is none."""
    return message.groups("PID") or [message]


def facts_of(part: SegmentList, context: Context, *, named: bool = True) -> PatientFacts:
    """Return whom a part names; `named`: a name is needed."""
    return adt2patient.patient_facts(
        part, default_issuer=context.default_issuer, needs_name=named, zone=context.zone
    )


def record(message: Message, facts: PatientFacts, context: Context) -> Patient:
    """Register the patient who stays, with what the message tells of them."""
    return patients.record_patient(
        facts=facts,
        origin=context.origin,
        event_at=adt2patient.event_at(message, zone=context.zone),
        sender=adt2patient.sender(message),
    ).patient


def find(identifiers: Sequence[Identifier]) -> Patient | None:
    """Return the patient whom the first of these that is known names."""
    found = (
        queries.find_by_identifier(value=i.value, issuer=i.issuer, universal_id=i.universal_id)
        for i in identifiers
    )
    return next((patient for patient in found if patient is not None), None)


def same_authority(
    kept: Sequence[Identifier], prior: Sequence[Identifier], context: Context
) -> tuple[Identifier, ...]:
    """Return those of MRG-1 that share authority and type with one of PID-3.

    Raises:
        MergeOfOneIdentifier: one of them is in both.
        Held: none does.
    """
    if any((one.value, one.issuer) == (each.value, each.issuer) for one in kept for each in prior):
        raise MergeOfOneIdentifier("PID-3 and MRG-1 are the same identifier", field="MRG-1")
    same = tuple(i for i in prior if any(go_together(i, one) for one in kept))
    if not same and not context.forced:
        raise Held(
            "MRG-1 and PID-3 are of different authorities", code="authorities-differ", field="MRG-1"
        )
    return same or tuple(prior)


def go_together(one: Identifier, other: Identifier) -> bool:
    """Say whether both are of one authority, and of one type where both name it."""
    types = {one.type_code, other.type_code} - {""}
    return one.issuer == other.issuer and len(types) < 2
