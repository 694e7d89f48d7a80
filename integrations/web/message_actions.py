"""What a person does with one message: apply it again, decide on it, edit it, send it again."""

from __future__ import annotations

from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from integrations.hl7.inbox import cases, editing, recovery
from integrations.hl7.inbox.current import routes
from integrations.hl7.outbound import services as outbound
from pacs_hub.access.doors import principal_of, requires
from pacs_hub.access.middleware import http_origin
from pacs_hub.audit import services as audit
from pacs_hub.kernel.errors import HubError


@require_POST
@requires("messages", "write")
def replay(request: HttpRequest, message_id: int) -> HttpResponse:
    """Apply a message that came in once more."""
    try:
        row = recovery.replay(message_id=message_id, routes=routes())
    except HubError as refusal:
        notices.warning(request, f"Not replayed: {refusal.text}.", extra_tags="bad")
    else:
        tags = "ok" if row.processing_state == "processed" else "bad"
        text = row.error_text or "Applied again; what it did is listed below."
        notices.info(request, text, extra_tags=tags)
        write_down(request, f"in/{message_id}", "replayed")
    return redirect(f"/messages/in/{message_id}/")


@require_POST
@requires("messages", "write")
def apply(request: HttpRequest, message_id: int) -> HttpResponse:
    """Apply a held or waiting message although a rule says no."""
    by = principal_of(request).name
    try:
        row = cases.apply_anyway(message_id=message_id, by=by, routes=routes())
    except HubError as refusal:
        notices.warning(request, f"Not applied: {refusal.text}.", extra_tags="bad")
    else:
        done = row.processing_state == "processed"
        text = "Applied; what it did is listed below." if done else f"Still not: {row.error_text}."
        notices.info(request, text, extra_tags="ok" if done else "bad")
    return redirect(f"/messages/in/{message_id}/")


@require_POST
@requires("messages", "write")
def dismiss(request: HttpRequest, message_id: int) -> HttpResponse:
    """Put a message away for good."""
    reason, by = request.POST.get("reason", ""), principal_of(request).name
    try:
        cases.dismiss(message_id=message_id, by=by, reason=reason)
    except HubError as refusal:
        notices.warning(request, f"Not dismissed: {refusal.text}.", extra_tags="bad")
    else:
        notices.success(request, "Dismissed. It is kept, and never applied.", extra_tags="ok")
    return redirect(f"/messages/in/{message_id}/")


@require_POST
@requires("messages", "write")
def resend(request: HttpRequest, message_id: int) -> HttpResponse:
    """Queue a refused or given-up message again."""
    try:
        row = outbound.resend(outbound_id=message_id)
    except HubError as refusal:
        notices.warning(request, f"Not sent again: {refusal.text}.", extra_tags="bad")
        return redirect(f"/messages/out/{message_id}/")
    write_down(request, f"out/{row.pk}", "sent again")
    notices.success(request, "Queued again; this is the new message.", extra_tags="ok")
    return redirect(f"/messages/out/{row.pk}/")


@require_POST
@requires("messages", "write")
def skip(request: HttpRequest, message_id: int) -> HttpResponse:
    """Say that a message need not go."""
    reason = request.POST.get("reason", "").strip()
    try:
        if not reason:
            raise editing.ReasonMissing("say why it need not go")
        outbound.skip(outbound_id=message_id, reason=reason)
    except HubError as refusal:
        notices.warning(request, f"Not left out: {refusal.text}.", extra_tags="bad")
    else:
        write_down(request, f"out/{message_id}", "left out")
        notices.success(request, "Left out. What waited behind it goes on.", extra_tags="ok")
    return redirect(f"/messages/out/{message_id}/")


def write_down(request: HttpRequest, object_id: str, detail: str) -> None:
    """Write the audit row of what was done with a message."""
    audit.record(
        action="update",
        object_type="message",
        object_id=object_id,
        origin=http_origin(request),
        role=principal_of(request).role,
        detail=detail,
    )
