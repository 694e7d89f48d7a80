"""One object that was kept aside: what it says of itself, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from archive.dicom.names import uid_name
from archive.models import Instance
from archive.storage.current import area
from archive.store.queries import look_at_kept_aside
from archive.store.services import discard_kept_aside, release_kept_aside
from pacs_hub.access.doors import principal_of, requires
from pacs_hub.access.middleware import http_origin
from pacs_hub.access.queries import site
from pacs_hub.audit import services as audit
from pacs_hub.kernel.errors import HubError, Unavailable
from worklist.reconcile.finding import stored_twin

LONGEST_REASON: Final = 200


@require_safe
@requires("settings")
def aside(request: HttpRequest, number: int) -> HttpResponse:
    """Show the object beside what is stored under its UID."""
    problem, seen = "", None
    try:
        seen = look_at_kept_aside(number, area=area())
    except Unavailable as error:
        problem = error.text
    audit.record(
        action="view",
        object_type="kept-aside",
        object_id=number,
        origin=http_origin(request),
        role=principal_of(request).role,
    )
    twin: Instance | None = stored_twin(seen.row.sop_instance_uid) if seen else None
    context = {
        "seen": seen,
        "problem": problem,
        "twin": twin,
        "syntax": uid_name(seen.transfer_syntax_uid) if seen and seen.transfer_syntax_uid else "",
    }
    return render(request, "worklist/aside.html", context, status=503 if problem else 200)


@require_POST
@requires("settings", "write")
def release(request: HttpRequest, number: int) -> HttpResponse:
    """File the object after all."""

    def act() -> str:
        stored = release_kept_aside(
            kept_aside_id=number,
            area=area(),
            origin=http_origin(request),
            default_issuer=site().default_issuer,
        )
        return f"Filed as {stored.sop_instance_uid}."

    return _told(request, number, act)


@require_POST
@requires("settings", "write")
def discard(request: HttpRequest, number: int) -> HttpResponse:
    """Give the object up, with the reason."""

    def act() -> str:
        discard_kept_aside(
            kept_aside_id=number,
            reason=request.POST.get("reason", "")[:LONGEST_REASON],
            area=area(),
            origin=http_origin(request),
        )
        return "Discarded."

    return _told(request, number, act)


def _told(request: HttpRequest, number: int, act: Callable[[], str]) -> HttpResponse:
    try:
        text = act()
    except HubError as refusal:
        messages.warning(request, f"Not done: {refusal.text}.", extra_tags="bad")
        return redirect(f"/studies/storage/aside/{number}/")
    messages.success(request, text, extra_tags="ok")
    return redirect("/studies/storage/aside/")
