"""/reports/: the reports that came without an order, and what a person does about each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from pacs_hub.access.doors import principal_of, requires
from pacs_hub.access.middleware import http_origin
from pacs_hub.audit import services as audit
from pacs_hub.kernel.errors import HubError, Malformed
from worklist.results import queries, services

PAGE: Final = 20
PATH: Final = "/reports/"


class NothingChosen(Malformed):
    """No exam was chosen, or no reason given."""

    code = "nothing-chosen"


@require_safe
@requires("reports", "write")
def waiting(request: HttpRequest) -> HttpResponse:
    """Show them, the oldest first, each with the exams of its patient."""
    page = Paginator(queries.waiting(), PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    exams = queries.candidates(rows)
    context = {
        "page": page,
        "reports": [{"report": row, "exams": exams.get(row.pk, [])} for row in rows],
    }
    for row in rows:
        audit.record(
            action="view",
            object_type="result",
            object_id=row.pk,
            origin=http_origin(request),
            role=principal_of(request).role,
            patient_id=row.patient_id,
        )
    return render(request, "worklist/reports.html", context)


@require_POST
@requires("reports", "write")
def file(request: HttpRequest, number: int) -> HttpResponse:
    """File one on the exam a person chose."""
    chosen = request.POST.get("exam", "")

    def act() -> str:
        if not chosen.isdecimal():
            raise NothingChosen("choose an exam")
        row = services.file_waiting(
            result_id=number, exam_id=int(chosen), origin=http_origin(request)
        )
        return f"Filed as version {row.version} of the report."

    return _told(request, act)


@require_POST
@requires("reports", "write")
def dismiss(request: HttpRequest, number: int) -> HttpResponse:
    """Put one aside; its text is kept."""
    reason = request.POST.get("reason", "").strip()[:200]

    def act() -> str:
        if not reason:
            raise NothingChosen("say why")
        services.dismiss_waiting(result_id=number, reason=reason, origin=http_origin(request))
        return "Put aside; the message it came in is kept."

    return _told(request, act)


def _told(request: HttpRequest, act: Callable[[], str]) -> HttpResponse:
    try:
        messages.success(request, act(), extra_tags="ok")
    except HubError as refusal:
        messages.warning(request, f"Not done: {refusal.text}.", extra_tags="bad")
    return redirect(PATH)
