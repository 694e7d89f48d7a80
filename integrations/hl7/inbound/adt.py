"""Patient administration in: ADT^A01 A04 A05 A08 A28 A31 (RAD-1, RAD-12; HL7 v2.5.1 3.3)."""

from __future__ import annotations

from archive.patients import services as patients
from integrations.hl7.inbound.context import Context, Effect
from integrations.hl7.maps.adt2patient import event_at, patient_facts
from integrations.hl7.message import Message


def register(message: Message, context: Context) -> tuple[Effect, ...]:
    """Register the patient or bring their demographics up to date."""
    site = context.site
    patient = patients.register_patient(
        facts=patient_facts(message, default_issuer=site.default_issuer, needs_name=True),
        origin=context.origin,
        event_at=event_at(message, zone=site.zone),
    )
    return (Effect("patient", patient.pk, "patient registered or updated"),)
