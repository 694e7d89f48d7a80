"""Pages of studies, and what people do to exams and studies from theirs."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from pacs_hub.access.doors import principal_of, requires
from pacs_hub.access.middleware import http_origin
from pacs_hub.access.queries import site
from pacs_hub.audit import services as audit
from pacs_hub.kernel.errors import Conflict, HubError
from worklist.exams import queries as exams
from worklist.reconcile import queries as cases
from worklist.reconcile import services as reconcile
from worklist.reconcile import studies as study_queries
from worklist.web.api_exams import ACTIONS

PAGE_SIZE: Final = 50
LINKS: Final = (("", "All"), ("open", "Without an exam"), ("linked", "With an exam"))
DONE: Final[dict[str, str]] = {
    "arrive": "Checked in.",
    "start": "The exam is in progress.",
    "complete": "The exam is completed.",
    "discontinue": "The exam is discontinued.",
    "cancel": "The exam is cancelled.",
    "no-show": "Marked as no show.",
}


@require_POST
@requires("exams", "write")
def act(request: HttpRequest, exam_id: int, action: str) -> HttpResponse:
    """Do one of the exam's actions and come back to its page."""
    if action not in ACTIONS:
        raise Http404(action)
    exam = exams.exam(principal=principal_of(request), exam_id=exam_id)
    origin = http_origin(request)
    try:
        ACTIONS[action](exam_id=exam.pk, origin=origin)
    except Conflict as refusal:
        messages.warning(request, f"Not done: {refusal.text}.", extra_tags="bad")
    else:
        messages.success(request, DONE[action], extra_tags="ok")
    return redirect(f"/exams/{exam.pk}/")


@require_POST
@requires("reconciliation", "write")
def link(request: HttpRequest, study_id: int) -> HttpResponse:
    """Let a person say whose images these are."""
    exam_id = _exam_id(request)
    exams.exam(principal=principal_of(request), exam_id=exam_id)
    try:
        reconcile.link(
            study_id=study_id,
            exam_id=exam_id,
            reason=request.POST.get("reason", "")[:200],
            origin=http_origin(request),
        )
    except HubError as refusal:
        messages.warning(request, f"Not linked: {refusal.text}.", extra_tags="bad")
    else:
        messages.success(request, "The images are linked to this exam.", extra_tags="ok")
    return redirect(f"/exams/{exam_id}/#images")


@require_POST
@requires("reconciliation", "write")
def unlink(request: HttpRequest, study_id: int) -> HttpResponse:
    """Take a study away from its exam."""
    exam_id = _exam_id(request)
    try:
        reconcile.unlink(
            study_id=study_id,
            reason=request.POST.get("reason", "")[:200],
            default_issuer=site().default_issuer,
            origin=http_origin(request),
        )
    except HubError as refusal:
        messages.warning(request, f"Not taken away: {refusal.text}.", extra_tags="bad")
    else:
        messages.success(request, "The images wait for a person again.", extra_tags="ok")
    return redirect(f"/exams/{exam_id}/#images")


def _exam_id(request: HttpRequest) -> int:
    wanted = request.POST.get("exam", "")
    if not wanted.isdecimal():
        raise Http404("exam")
    return int(wanted)


@require_safe
@requires("studies")
def studies(request: HttpRequest) -> HttpResponse:
    """Show what the archive holds, latest first, and which exam each study belongs to."""
    principal = principal_of(request)
    q, chosen = request.GET.get("q", "").strip(), request.GET.get("link", "")
    if chosen not in dict(LINKS):
        raise Http404(chosen)
    rows = study_queries.studies(
        principal=principal,
        filters=study_queries.StudyFilters(q=q, link_status=chosen),
    )
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    if q:
        audit.record(
            action="query",
            object_type="study",
            object_id="list",
            origin=http_origin(request),
            role=principal.role,
        )
    context = {
        "page": page,
        "q": q,
        "links": LINKS,
        "chosen": chosen,
        "waiting": cases.open_matches().count() if principal.may("read", "reconciliation") else 0,
    }
    is_live = request.headers.get("HX-Target") == "live"
    name = "worklist/studies_live.html" if is_live else "worklist/studies.html"
    return render(request, name, context)
