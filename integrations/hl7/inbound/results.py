"""Reports in: ORU^R01 (RAD-28 style reports; HL7 v2.5.1 7.3.1)."""

from __future__ import annotations

from archive.patients import queries as patients
from integrations.hl7.inbound.context import Context, Effect, warning
from integrations.hl7.maps.adt2patient import patient_facts
from integrations.hl7.maps.oru2result import reports
from integrations.hl7.message import Message
from worklist.results import services as results


def receive(message: Message, context: Context) -> tuple[Effect, ...]:
    """File every report of the message on its exam; one that fails fails the message."""
    site = context.site
    facts = patient_facts(message, default_issuer=site.default_issuer)
    found = (patients.find_by_identifier(value=i.value, issuer=i.issuer) for i in facts.identifiers)
    patient = next((known for known in found if known is not None), None)
    effects: list[Effect] = []
    for report in reports(message, zone=site.zone, now=context.received_at):
        if report.facts is None:
            effects.append(warning(f"OBR-25 {report.status}: there is no report yet"))
            continue
        result = results.file_result(result=report.facts, patient=patient, origin=context.origin)
        if result is None:
            effects.append(warning("the report says nothing new"))
        else:
            effects.append(Effect("exam", result.exam_id, f"report filed as {result.status}"))
    return tuple(effects)
