"""The test button of the connections page: ask a peer whether it is there."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from pacs_hub.access import queries
from pacs_hub.access.doors import requires
from pacs_hub.site import peer_check


@require_POST
@requires("peers", "write")
def test(request: HttpRequest, protocol: str, number: int) -> HttpResponse:
    """Ask a peer by C-ECHO, MLLP connection or FHIR metadata, and tell what came of it."""
    peer = queries.peer_of_id(protocol, number)
    answer = peer_check.ask(peer, own_ae_title=settings.HUB_AE_TITLE)
    tell = notices.success if answer.ok else notices.warning
    tell(request, f"{answer.message}.", extra_tags="ok" if answer.ok else "bad")
    return redirect("/connections/")
