"""Send a study on from its page, follow it, and stop it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from archive.forwarding import queries, services
from archive.forwarding.rules import BASIC, SYNTAXES
from archive.forwarding.services import How
from archive.models import Sending, Study
from archive.retrieve import plan
from archive.retrieve.plan import Target
from pacs_hub.access.doors import principal_of, requires
from pacs_hub.access.middleware import http_origin
from pacs_hub.access.permissions import Principal
from pacs_hub.access.queries import dicom_peers
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import HubError
from worklist.web.seen import seen
from worklist.web.study_words import OPEN_SENDINGS, sending_axis

MOST: Final = 8
ACTS: Final[dict[str, tuple[Callable[..., Sending], str]]] = {
    "retry": (services.retry, "It is tried again now."),
    "pause": (services.pause, "Paused: nothing more of it is sent until you resume it."),
    "resume": (services.resume, "It goes on."),
    "cancel": (services.cancel, "Cancelled: nothing more of it is sent."),
}


@require_safe
@requires("sendings")
def progress(request: HttpRequest, study: str) -> HttpResponse:
    """Show how far the sendings of the study are; asked for again while any is open."""
    row = seen(principal_of(request), study)
    return render(request, "worklist/sendings.html", sendings_context(principal_of(request), row))


@require_POST
@requires("sendings", "write")
def send(request: HttpRequest, study: str) -> HttpResponse:
    """Queue the study, or a series of it, for a configured peer."""
    principal = principal_of(request)
    row = seen(principal, study)
    target = Target(study=study, series=request.POST.get("series", ""))
    to = request.POST.get("destination", "")
    try:
        services.send_by_hand(
            instances=plan.instances(target, principal=principal),
            ae_title=to,
            how=How(
                anonymise=BASIC if request.POST.get("anonymise") else "",
                transfer_syntax=request.POST.get("transfer_syntax", ""),
            ),
            origin=http_origin(request),
            role=principal.role,
        )
    except HubError as refusal:
        messages.warning(request, f"Not sent: {refusal.text}.", extra_tags="bad")
    else:
        messages.success(request, f"Queued for {to}.", extra_tags="ok")
    return redirect(f"/studies/{row.study_instance_uid}/#sendings")


@require_POST
@requires("sendings", "write")
def act(request: HttpRequest, sending: int, action: str) -> HttpResponse:
    """Retry, pause, resume or cancel one sending, and come back to where it was shown."""
    principal = principal_of(request)
    if action not in ACTS:
        raise Http404(action)
    row = queries.sending(principal=principal, sending_id=sending)
    do, told = ACTS[action]
    try:
        do(sending_id=row.pk, origin=http_origin(request), role=principal.role)
    except HubError as refusal:
        messages.warning(request, f"Not done: {refusal.text}.", extra_tags="bad")
    else:
        messages.success(request, told, extra_tags="ok")
    if request.POST.get("back") == "storage":
        return redirect("/studies/storage/#sendings")
    return redirect(f"/studies/{row.study.study_instance_uid}/#sendings")


def sendings_context(principal: Principal, study: Study) -> dict[str, Any]:
    """Return what the part about sendings shows."""
    if not principal.may("read", "sendings"):
        return {}
    rows = queries.sendings(principal=principal, study_instance_uid=study.study_instance_uid)[:MOST]
    shown = [{"row": row, "axis": sending_axis(row)} for row in rows]
    return {
        "study": study,
        "sendings": shown,
        "sends": any(row.state in OPEN_SENDINGS for row in rows),
        "peers": [peer for peer in dicom_peers() if peer.host and peer.port],
        "syntaxes": SYNTAXES,
        "now": clock.now(),
    }
