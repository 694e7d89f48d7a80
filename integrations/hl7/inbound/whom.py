"""Whom a message is about, where it is not about who they are."""

from __future__ import annotations

from archive.models import Patient
from archive.patients import queries, services
from integrations.hl7.inbound.context import Context
from integrations.hl7.maps.adt2patient import event_at, patient_facts
from integrations.hl7.message import SegmentList


def known(message: SegmentList, context: Context) -> Patient | None:
    """Return the patient of PID-3; None: nobody here has that identifier."""
    facts = patient_facts(message, default_issuer=context.default_issuer)
    found = (queries.find_by_identifier(value=i.value, issuer=i.issuer) for i in facts.identifiers)
    return next((patient for patient in found if patient is not None), None)


def registered(message: SegmentList, context: Context) -> Patient:
    """Return the patient of PID-3, who may come before any ADT."""
    return services.register_patient(
        facts=patient_facts(message, default_issuer=context.default_issuer),
        origin=context.origin,
        event_at=event_at(message, zone=context.zone),
        provisional=True,
    )
