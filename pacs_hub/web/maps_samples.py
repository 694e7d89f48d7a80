"""Messages kept as tests of the maps: keep one, drop one."""

from __future__ import annotations

from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from integrations.hl7.inbox import map_drafts, map_trials
from integrations.hl7.inbox.current import routes
from pacs_hub.access.doors import principal_of, requires
from pacs_hub.access.middleware import http_origin
from pacs_hub.audit import services as audit
from pacs_hub.kernel.errors import HubError

PATH = "/messages/maps/?run=1#samples"


@require_POST
@requires("settings")
def keep(request: HttpRequest) -> HttpResponse:
    """Keep a message with what the draft reads in it."""
    owner, number = principal_of(request).name, request.POST.get("message", "")
    try:
        sample = map_trials.keep_sample(
            message_id=int(number) if number.isdecimal() else 0,
            name=request.POST.get("name", ""),
            draft=map_drafts.draft_of(owner),
            by=owner,
            routes=routes(),
        )
    except HubError as refusal:
        notices.warning(request, f"Not kept: {refusal.text}.", extra_tags="bad")
    else:
        _write_down(request, sample.pk, "kept as a sample")
        notices.success(request, "Kept; it is read again at every change.", extra_tags="ok")
    return redirect(PATH)


@require_POST
@requires("settings")
def drop(request: HttpRequest, sample_id: int) -> HttpResponse:
    """Forget a sample."""
    try:
        map_trials.drop_sample(sample_id=sample_id)
    except HubError as refusal:
        notices.warning(request, f"{refusal.text.capitalize()}.", extra_tags="bad")
    else:
        _write_down(request, sample_id, "sample dropped")
    return redirect(PATH)


def _write_down(request: HttpRequest, sample_id: int, detail: str) -> None:
    audit.record(
        action="update",
        object_type="map sample",
        object_id=sample_id,
        origin=http_origin(request),
        role=principal_of(request).role,
        detail=detail,
    )
