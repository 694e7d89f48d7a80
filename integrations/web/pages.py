"""Pages of messages: what came in and went out, what each did, and sending it again."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from django.contrib import messages as notices
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_POST, require_safe

from integrations.hl7.inbox import description, recovery
from integrations.hl7.inbox import queries as inbox
from integrations.hl7.inbox.current import routes
from integrations.hl7.outbound import queries as outbox
from integrations.hl7.outbound import services as outbound
from integrations.web import queries
from pacs_hub.access.doors import principal_of, requires
from pacs_hub.access.middleware import http_origin
from pacs_hub.audit import services as audit
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import HubError

PAGE_SIZE: Final = 50
DIRECTIONS: Final = (("", "All"), ("in", "In"), ("out", "Out"))
KINDS: Final = (("error", "Errors"), ("waiting", "Waiting"), ("done", "Done"))


@require_safe
@requires("messages")
def messages(request: HttpRequest) -> HttpResponse:
    """Show what needs a hand first, then all messages, latest first."""
    filters = queries.MessageFilters(
        direction=request.GET.get("direction", ""),
        kind=request.GET.get("kind", ""),
        message_type=request.GET.get("type", ""),
        q=request.GET.get("q", "").strip(),
    )
    if filters.direction not in dict(DIRECTIONS) or filters.kind not in {"", *dict(KINDS)}:
        raise Http404("no such list")
    page = Paginator(queries.messages(filters), PAGE_SIZE).get_page(request.GET.get("page"))
    loud = page.number == 1 and not filters.kind
    context = {
        "page": page,
        "rows": queries.with_what_happened(list(page)),
        "filters": filters,
        "directions": DIRECTIONS,
        "kinds": KINDS,
        "types": queries.message_types(),
        "loud": queries.with_what_happened(queries.needing_a_hand(filters, now=clock.now()))
        if loud
        else [],
    }
    is_live = request.headers.get("HX-Target") == "live"
    name = "integrations/messages_live.html" if is_live else "integrations/messages.html"
    response = render(request, name, context)
    response["ETag"] = etag = quote_etag(hashlib.sha256(response.content).hexdigest()[:24])
    same = get_conditional_response(request, etag=etag, response=response) if is_live else response
    return same or response


@require_safe
@requires("messages")
def message(request: HttpRequest, direction: str, message_id: int) -> HttpResponse:
    """Show one message: what it did, its segments with the names of their fields, its bytes."""
    row: Any = _found(direction, message_id)
    came_in = direction == queries.IN
    raw = bytes(row.raw if came_in else row.body)
    audit.record(
        action="view",
        object_type="message",
        object_id=f"{direction}/{message_id}",
        origin=http_origin(request),
        role=principal_of(request).role,
    )
    context = {
        "message": row,
        "direction": direction,
        "shown": _as_row(row, incoming=came_in),
        "segments": description.describe_bytes(raw),
        "text": description.readable_text(raw),
        "size": len(raw),
        "answer": description.readable_text(bytes(row.ack_body)) if row.ack_body else "",
        "effects": row.effects if came_in else [],
        "told": queries.exams_told_of(message_id) if came_in else [],
        "resendable": not came_in and row.state in {"rejected", "dead"},
    }
    return render(request, "integrations/message.html", context)


def _found(direction: str, message_id: int) -> Any:
    find = {queries.IN: inbox.message, queries.OUT: outbox.message}.get(direction)
    if find is None:
        raise Http404(direction)
    return find(message_id)


def _as_row(row: Any, *, incoming: bool) -> dict[str, Any]:
    return {
        "shown_state": row.processing_state if incoming else row.state,
        "shown_peer": row.peer if incoming else row.peer_name,
        "problem": row.error_text if incoming else row.ack_text,
        "tries": row.attempts,
        "at": row.received_at if incoming else row.created_at,
    }


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
        _write_down(request, f"in/{message_id}", "replayed")
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
    _write_down(request, f"out/{row.pk}", "sent again")
    notices.success(request, "Queued again; this is the new message.", extra_tags="ok")
    return redirect(f"/messages/out/{row.pk}/")


def _write_down(request: HttpRequest, object_id: str, detail: str) -> None:
    audit.record(
        action="update",
        object_type="message",
        object_id=object_id,
        origin=http_origin(request),
        role=principal_of(request).role,
        detail=detail,
    )
