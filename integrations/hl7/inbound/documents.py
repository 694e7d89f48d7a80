"""Documents in: MDM^T01 to T11 (HL7 v2.5.1 9.6); a radiology report is one of them."""

from __future__ import annotations

from integrations.hl7.inbound.context import Context, Effect, warning
from integrations.hl7.inbound.filing import file_report, known_patient, parked_for_parent
from integrations.hl7.maps import mdm2document
from integrations.hl7.maps.adt2patient import patient_facts
from integrations.hl7.message import Message
from worklist.results.queries import is_known


def receive(message: Message, context: Context) -> tuple[Effect, ...]:
    """File the document, or do to the one that is here what the event says."""
    event = mdm2document.EVENTS[message.get("MSH-9.2")]
    facts = patient_facts(message, default_issuer=context.default_issuer)
    report = mdm2document.document(message, event, zone=context.zone, now=context.received_at)
    about = report.facts
    if event.kind in ("addendum", "edit", "replacement") and not event.has_content:
        return (warning("the document itself does not come with this event", field="MSH-9.2"),)
    is_elsewhere = event.kind in ("cancel", "status") and not is_known(about.number)
    if is_elsewhere and not context.forced and known_patient(facts) is None:
        raise parked_for_parent(report, facts=facts, context=context)  # where the document waits
    if event.kind == "cancel" and not is_known(about.number):
        return (warning("this document is not here; there is nothing to cancel", field="TXA-12"),)
    effects: list[Effect] = []
    parent = about.parent_number if event.kind != "edit" else about.number
    if event.kind in ("addendum", "edit", "replacement") and not is_known(parent):
        if event.kind != "replacement" and not context.forced:
            raise parked_for_parent(report, facts=facts, context=context)
        effects.append(
            warning("the document it replaces is not here; filed as it is", field="TXA-13")
        )
    if event.kind == "status" and not about.text and not is_known(about.number):
        return (warning("this document is not here; its status says nothing", field="TXA-12"),)
    return (*effects, *file_report(report, facts=facts, context=context))
