"""ServiceRequest: one for each requested procedure, which is one for each exam."""

from __future__ import annotations

from typing import Final

from integrations.fhir.resources.terms import (
    LOINC,
    SNOMED,
    Context,
    Resource,
    code_system,
    coding,
    concept,
    identifier,
    instant,
    readable_name,
    reference,
    without_empty,
)
from worklist.models import Exam

STATUS_OF: Final[dict[str, str]] = {
    "new": "active",
    "scheduled": "active",
    "in_progress": "active",
    "on_hold": "on-hold",
    "completed": "completed",
    "cancelled": "revoked",
    "discontinued": "revoked",
}
# HL7 table 0485 and the words some senders use instead.
PRIORITY_OF: Final[dict[str, str]] = {
    "S": "stat",
    "STAT": "stat",
    "A": "asap",
    "ASAP": "asap",
    "P": "urgent",
    "C": "urgent",
    "T": "urgent",
    "U": "urgent",
    "HIGH": "urgent",
    "R": "routine",
    "ROUTINE": "routine",
}


def to_fhir(exam: Exam, context: Context) -> Resource:  # noqa: ARG001 - as its siblings
    """Return the request an exam answers."""
    requested = exam.requested_procedure
    order = requested.order
    priority = order.priority.upper()
    return without_empty(
        {
            "resourceType": "ServiceRequest",
            "id": str(exam.pk),
            "meta": {"lastUpdated": instant(exam.updated_at)},
            "identifier": identifiers(exam),
            "status": STATUS_OF[order.status],
            "intent": "order",
            "category": [concept(coding(SNOMED, "363679005", "Imaging"))],
            "priority": PRIORITY_OF.get(priority, "routine" if priority else ""),
            "code": procedure_code(exam),
            "subject": subject(exam),
            "occurrenceDateTime": instant(exam.scheduled_for),
            "authoredOn": instant(exam.ordered_at),
            "requester": requester(exam),
            "reasonCode": [concept(text=requested.reason)] if requested.reason else [],
        }
    )


def identifiers(exam: Exam) -> list[Resource]:
    """Return placer, filler and accession numbers with their types (HL7 table 0203)."""
    order = exam.requested_procedure.order
    found = (
        identifier(order.placer_order_number, issuer=order.placer_namespace, type_code="PLAC"),
        identifier(order.filler_order_number, issuer=order.filler_namespace, type_code="FILL"),
        accession(exam),
    )
    return [each for each in found if each]


def accession(exam: Exam) -> Resource | None:
    """Return the accession number."""
    return identifier(
        exam.accession_number, issuer=exam.issuer_of_accession_number, type_code="ACSN"
    )


def procedure_code(exam: Exam) -> Resource:
    """Return what was asked for, in the sender's code and in LOINC where the catalogue has it."""
    procedure = exam.requested_procedure.procedure
    return concept(
        coding(code_system(exam.procedure_scheme), exam.procedure_code, exam.procedure_name),
        coding(LOINC, procedure.loinc if procedure else ""),
        text=exam.procedure_name,
    )


def subject(exam: Exam) -> Resource:
    """Return the patient, the survivor where they were merged."""
    patient = exam.patient.survivor or exam.patient
    return reference("Patient", patient.pk, readable_name(patient.name))


def requester(exam: Exam) -> Resource:
    """Return who ordered, by the identifier the order names them by."""
    order = exam.requested_procedure.order
    known_as = {"value": order.ordering_provider_id} if order.ordering_provider_id else None
    return without_empty(
        {"identifier": known_as, "display": readable_name(order.ordering_provider_name)}
    )
