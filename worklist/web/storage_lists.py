"""The lists behind the page of storage, a page at a time, and what is tried again from there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from archive.availability import queries as availability
from archive.availability.services import retry as retry_notice
from archive.commitment import queries as commitment
from archive.commitment.services import retry as retry_commitment
from archive.keeping import queries as keeping
from archive.store import queries as store
from pacs_hub.access.doors import requires
from pacs_hub.access.middleware import http_origin
from pacs_hub.kernel.errors import HubError

PAGE_SIZE: Final = 50
LISTS: Final[dict[str, tuple[str, Callable[[], QuerySet[Any]]]]] = {
    "findings": ("What verification found", keeping.findings),
    "removed": ("Removed by rule", keeping.tombstones),
    "commitments": ("Requests for storage commitment", commitment.requests),
    "notices": ("Notifications of availability", availability.notices),
    "aside": ("Kept aside", store.kept_aside),
}


@require_safe
@requires("settings")
def all_of(request: HttpRequest, kind: str) -> HttpResponse:
    """Show one list whole."""
    if kind not in LISTS:
        raise Http404(kind)
    title, rows = LISTS[kind]
    page = Paginator(rows(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"kind": kind, "title": title, "page": page, "rows": page.object_list}
    return render(request, "worklist/storage_list.html", context)


@require_POST
@requires("settings", "write")
def retry(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    """Tell a requester or a peer again now."""
    if kind not in {"commitments", "notices"}:
        raise Http404(kind)
    origin = http_origin(request)
    try:
        if kind == "commitments":
            retry_commitment(request_id=number, origin=origin)
        else:
            retry_notice(notice_id=number, origin=origin)
    except HubError as refusal:
        messages.warning(request, f"Not done: {refusal.text}.", extra_tags="bad")
    else:
        messages.success(request, "It is tried again now.", extra_tags="ok")
    return redirect(f"/studies/storage/#{kind}")
