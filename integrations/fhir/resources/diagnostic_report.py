"""DiagnosticReport: the newest version of the report on an exam."""

from __future__ import annotations

import base64
from typing import Final

from integrations.fhir.resources.service_request import (
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
from worklist.models import Result

STATUS_OF: Final[dict[str, str]] = {
    "preliminary": "preliminary",
    "final": "final",
    "amended": "amended",
}


def to_fhir(result: Result, context: Context) -> Resource:  # noqa: ARG001 - as its siblings
    """Return the report; its id is the exam's, since there is one for each."""
    exam = result.exam
    text = base64.b64encode(result.text.encode()).decode("ascii")
    studies = [match.study_id for match in exam.matched_studies.all() if match.state == "linked"]
    return without_empty(
        {
            "resourceType": "DiagnosticReport",
            "id": str(exam.pk),
            "meta": {"lastUpdated": instant(result.reported_at), "versionId": str(result.version)},
            "identifier": identifiers(exam),
            "basedOn": [reference("ServiceRequest", exam.pk)],
            "status": STATUS_OF[result.status],
            "category": [concept(coding(V2_0074, "RAD", "Radiology"))],
            "code": procedure_code(exam),
            "subject": subject(exam),
            "effectiveDateTime": instant(result.observed_at or exam.started_at),
            "issued": instant(result.reported_at),
            "resultsInterpreter": _interpreter(result.interpreter),
            "imagingStudy": [reference("ImagingStudy", study) for study in studies],
            "conclusion": result.text.strip(),
            "presentedForm": [{"contentType": "text/plain", "data": text}] if text else [],
        }
    )


def _interpreter(name: str) -> list[Resource]:
    return [{"display": readable_name(name)}] if readable_name(name) else []
