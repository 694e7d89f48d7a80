"""/messages/maps/: say how messages of a sender are read, try it on real ones, put it in force."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from integrations.hl7.inbox import map_drafts, map_trials
from integrations.hl7.inbox.current import routes
from integrations.hl7.maps.overrides import Override
from pacs_hub.access.doors import principal_of, requires
from pacs_hub.access.middleware import http_origin
from pacs_hub.audit import services as audit
from pacs_hub.kernel.errors import HubError
from pacs_hub.site import maps as site_maps
from pacs_hub.site.queries import latest_version, map_history
from pacs_hub.web.maps_form import form_of, override_of, senders

PATH: Final = "/messages/maps/"
SHOWN: Final = 20
COUNTS: Final = (5, 10, 25)


@require_safe
@requires("messages", "write")
def maps(request: HttpRequest) -> HttpResponse:
    """Show the draft beside what is in force; on request what it would do, and the samples."""
    return _page(request)


def _page(
    request: HttpRequest, *, form: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    asked, owner = request.GET, principal_of(request).name
    draft = map_drafts.draft_of(owner)
    lines = map_drafts.lines(draft)
    if form is None:
        form = form_of(draft, kind=asked.get("new", ""), name=asked.get("edit", ""))
    count = int(asked["count"]) if asked.get("count", "") in map(str, COUNTS) else COUNTS[1]
    peer = asked.get("peer", "")
    tried = (
        map_trials.compare(peer=peer, draft=draft, count=count, routes=routes()) if peer else None
    )
    if tried:
        audit.record(
            action="view",
            object_type="message",
            object_id="tried",
            origin=http_origin(request),
            role=principal_of(request).role,
            detail=f"{len(tried)} messages of {peer}",
        )
    context = {
        "lines": lines,
        "changed": sum(line.state != "same" for line in lines),
        "form": form,
        "peers": senders(),
        "peer": peer,
        "count": count,
        "counts": COUNTS,
        "tried": tried,
        "differing": sum(one.differs for one in tried or ()),
        "samples": site_maps.checked(draft) if "run" in asked else None,
        "kept": map_trials.samples(),
        "history": map_history()[:SHOWN],
        "site_version": latest_version(),
    }
    return render(request, "web/maps.html", context, status=status)


@require_POST
@requires("settings")
def save(request: HttpRequest) -> HttpResponse:
    """Put one override into the draft; what is wrong is told beside its field."""
    override, before = override_of(request.POST), request.POST.get("instead_of", "")
    try:
        map_drafts.put(
            owner=principal_of(request).name, override=override, instead_of=before, peers=senders()
        )
    except map_drafts.OverrideWrong as error:
        return _page(request, form=_again(override, before, error), status=400)
    return redirect(f"{PATH}#draft")


def _again(override: Override, before: str, error: map_drafts.OverrideWrong) -> dict[str, Any]:
    form = form_of([override], kind=override.kind, name=override.name)
    return {**(form or {}), "instead_of": before, "problems": error.problems}


@require_POST
@requires("settings")
def remove(request: HttpRequest) -> HttpResponse:
    """Take one override out of the draft."""
    map_drafts.take_out(owner=principal_of(request).name, name=request.POST.get("name", ""))
    return redirect(f"{PATH}#draft")


@require_POST
@requires("settings")
def discard(request: HttpRequest) -> HttpResponse:
    """Give up the draft."""
    map_drafts.discard(owner=principal_of(request).name)
    return redirect(PATH)


@require_POST
@requires("settings")
def promote(request: HttpRequest) -> HttpResponse:
    """Put the draft in force."""
    owner, seen = principal_of(request).name, request.POST.get("seen", "")
    try:
        version = site_maps.promote(
            overrides=map_drafts.draft_of(owner),
            note=request.POST.get("note", ""),
            origin=http_origin(request),
            despite_samples="despite_samples" in request.POST,
            seen=int(seen) if seen.isdecimal() else None,
        )
    except HubError as refusal:
        notices.warning(request, f"Not put in force: {refusal.text}.", extra_tags="bad")
        return redirect(f"{PATH}?run=1#promote")
    map_drafts.discard(owner=owner)
    notices.success(request, f"Version {version.number} is in force.", extra_tags="ok")
    return redirect(PATH)


@require_POST
@requires("settings")
def roll_back(request: HttpRequest, number: int) -> HttpResponse:
    """Put the overrides of an earlier version in force again."""
    try:
        version = site_maps.roll_back(number=number, origin=http_origin(request))
    except HubError as refusal:
        notices.warning(request, f"Not gone back: {refusal.text}.", extra_tags="bad")
    else:
        notices.success(request, f"Version {version.number} is in force.", extra_tags="ok")
    return redirect(f"{PATH}#history")
