"""DiagnosticReport: the newest version of the report on an exam."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from integrations.fhir.resources.service_request import (
    RequestFacts,
    identifiers,
    procedure_code,
    subject,
)
from integrations.fhir.resources.terms import (
    V2_0074,
    Context,
    Resource,
    coding,
    concept,
    instant,
    readable_name,
    reference,
    without_empty,
)

STATUS_OF: Final[dict[str, str]] = {
    "registered": "registered",
    "partial": "partial",
    "preliminary": "preliminary",
    "final": "final",
    "amended": "amended",
    "appended": "appended",
    "cancelled": "cancelled",
    "entered_in_error": "entered-in-error",
}


@dataclass(frozen=True, kw_only=True)
class ReportFacts:
    """The newest version of a report, and the linked studies it is about."""

    request: RequestFacts
    version: int
    status: str
    text: str
    interpreter: str
    effective_at: datetime | None
    reported_at: datetime
    study_ids: tuple[int, ...]


def to_fhir(report: ReportFacts, context: Context) -> Resource:  # noqa: ARG001 - as its siblings
    """Return the report; its id is the exam's, since there is one for each."""
    text = base64.b64encode(report.text.encode()).decode("ascii")
    return without_empty(
        {
            "resourceType": "DiagnosticReport",
            "id": str(report.request.id),
            "meta": {"lastUpdated": instant(report.reported_at), "versionId": str(report.version)},
            "identifier": identifiers(report.request),
            "basedOn": [reference("ServiceRequest", report.request.id)],
            "status": STATUS_OF[report.status],
            "category": [concept(coding(V2_0074, "RAD", "Radiology"))],
            "code": procedure_code(report.request),
            "subject": subject(report.request),
            "effectiveDateTime": instant(report.effective_at),
            "issued": instant(report.reported_at),
            "resultsInterpreter": _interpreter(report.interpreter),
            "imagingStudy": [reference("ImagingStudy", study) for study in report.study_ids],
            "conclusion": report.text.strip(),
            "presentedForm": [{"contentType": "text/plain", "data": text}] if text else [],
        }
    )


def _interpreter(name: str) -> list[Resource]:
    return [{"display": readable_name(name)}] if readable_name(name) else []
