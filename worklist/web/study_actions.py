"""What people do to a study from its page; each says what happened and comes back there."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from archive.keeping import services as keeping
from archive.models import Study
from archive.rejection import services as rejection
from archive.rejection.queries import notes
from archive.retrieve.plan import Target
from archive.storage.current import area, has_cold_area
from pacs_hub.access.doors import principal_of, requires
from pacs_hub.access.middleware import http_origin
from pacs_hub.access.queries import site
from pacs_hub.kernel.errors import HubError
from worklist.web.seen import seen

LONGEST_REASON = 200
LONGEST_TEXT = 1024


@require_POST
@requires("settings", "write")
def hold(request: HttpRequest, study: str) -> HttpResponse:
    """Forbid that anybody or any rule deletes the study."""
    row = seen(principal_of(request), study)

    def act() -> str:
        keeping.hold(study_instance_uid=study, reason=_reason(request), origin=http_origin(request))
        return "The study is on hold: nothing of it is deleted."

    return _told(request, row, act)


@require_POST
@requires("settings", "write")
def release(request: HttpRequest, study: str) -> HttpResponse:
    """Take every hold off the study."""
    row = seen(principal_of(request), study)

    def act() -> str:
        keeping.release(
            study_instance_uid=study, reason=_reason(request), origin=http_origin(request)
        )
        return "The hold is released: the rules of retention apply again."

    return _told(request, row, act)


@require_POST
@requires("settings", "write")
def move(request: HttpRequest, study: str, to: str) -> HttpResponse:
    """Have the study moved to the cold area, or called back."""
    row = seen(principal_of(request), study)
    if to == "cold" and not has_cold_area():
        raise Http404("cold")

    def act() -> str:
        tier = "cold" if to == "cold" else "main"
        keeping.wish_move(study_id=row.pk, tier=tier, origin=http_origin(request))
        if to == "cold":
            return "The study is being moved to the cold area."
        return "The study is being called back."

    return _told(request, row, act)


@require_POST
@requires("rejection", "write")
def reject(request: HttpRequest, study: str) -> HttpResponse:
    """Take the study, or a series or an instance of it, out of use."""
    row = seen(principal_of(request), study)
    target = Target(
        study=study,
        series=request.POST.get("series", ""),
        instance=request.POST.get("instance", ""),
    )

    def act() -> str:
        note = rejection.reject(
            target=target,
            code=request.POST.get("code", ""),
            text=request.POST.get("text", "")[:LONGEST_TEXT].strip(),
            principal=principal_of(request),
            area=area(),
            origin=http_origin(request),
            default_issuer=site().default_issuer,
            ae_title=settings.HUB_AE_TITLE,
        )
        count = note.number_of_references
        return f"{count} object{'' if count == 1 else 's'} out of use. It can be undone below."

    return _told(request, row, act, to="#rejected")


@require_POST
@requires("rejection", "write")
def undo_rejection(request: HttpRequest, study: str, note: int) -> HttpResponse:
    """Put back into use what a note rejected."""
    principal = principal_of(request)
    row = seen(principal, study)
    if not notes(principal=principal).filter(study=row, pk=note).exists():
        raise Http404("note")

    def act() -> str:
        rejection.undo_rejection(note_id=note, text=_reason(request), origin=http_origin(request))
        return "The objects are back in use."

    return _told(request, row, act, to="#series")


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "")[:LONGEST_REASON].strip()


def _told(request: HttpRequest, study: Study, act: Callable[[], str], to: str = "") -> HttpResponse:
    """Do it and come back; what was refused is told in the same place, in the service's words."""
    try:
        text = act()
    except HubError as refusal:
        messages.warning(request, f"Not done: {refusal.text}.", extra_tags="bad")
    else:
        messages.success(request, text, extra_tags="ok")
    return redirect(f"/studies/{study.study_instance_uid}/{to}")
