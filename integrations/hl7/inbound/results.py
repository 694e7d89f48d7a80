"""Reports in, and the files they bring: ORU^R01 (RAD-28 style reports; HL7 v2.5.1 7.3.1)."""

from __future__ import annotations

from integrations.hl7.inbound.context import Context, Effect
from integrations.hl7.inbound.filing import file_report
from integrations.hl7.maps.adt2patient import patient_facts
from integrations.hl7.maps.oru2result import reports
from integrations.hl7.message import Message


def receive(message: Message, context: Context) -> tuple[Effect, ...]:
    """File every report of the message on its exam; one that fails fails the message."""
    facts = patient_facts(message, default_issuer=context.default_issuer)
    found = reports(message, zone=context.zone, now=context.received_at)
    return tuple(
        effect for report in found for effect in file_report(report, facts=facts, context=context)
    )
