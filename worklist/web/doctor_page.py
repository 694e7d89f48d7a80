"""/worklist/doctor/: why is it not on my scanner, and what would it be answered now?"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pacs_hub.access.doors import principal_of, requires
from pacs_hub.access.middleware import http_origin
from pacs_hub.access.queries import dicom_peers, site
from pacs_hub.audit import services as audit
from pacs_hub.kernel import clock
from worklist.mwl.doctor import NEEDED, Answered, Diagnosis, answered, diagnose, patients_of

LONGEST = 64


@require_safe
@requires("schedule", "read")
def doctor(request: HttpRequest) -> HttpResponse:
    """Show the trace of one exam on one station, and what the station is answered."""
    number, title = (
        request.GET.get(key, "").strip()[:LONGEST] for key in ("accession_number", "ae_title")
    )
    context: dict[str, Any] = {"accession_number": number, "ae_title": title}
    context["stations"] = [row.ae_title for row in dicom_peers() if NEEDED in row.may]
    facts, now = site(), clock.now()
    if number and title:
        found = diagnose(accession_number=number, ae_title=title, site=facts, now=now)
        _audit(request, found)
        context["found"] = found
    if title in context["stations"]:
        shown = answered(ae_title=title, site=facts, now=now)
        _audit_answer(request, shown)
        context["shown"] = shown
    return render(request, "worklist/doctor.html", context)


def _audit(request: HttpRequest, found: Diagnosis) -> None:
    for patient in patients_of(found):
        audit.record(
            action="view",
            object_type="worklist",
            object_id=found.ae_title,
            origin=http_origin(request),
            role=principal_of(request).role,
            patient_id=patient,
        )


def _audit_answer(request: HttpRequest, shown: Answered) -> None:
    audit.record(
        action="query",
        object_type="worklist",
        object_id=shown.ae_title,
        origin=http_origin(request),
        role=principal_of(request).role,
        detail=f"{len(shown.items)} steps shown",
    )
