"""The page of studies: search as one types, narrow by ticking, open with a key."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from archive.dicom.dates import read_date
from archive.storage.current import has_cold_area
from pacs_hub.access.doors import principal_of, requires
from pacs_hub.access.middleware import http_origin
from pacs_hub.access.queries import site
from pacs_hub.audit import services as audit
from pacs_hub.kernel import clock
from worklist.reconcile import queries as cases
from worklist.reconcile.finding import Wanted, find_studies, modalities_in_use

PAGE_SIZE: Final = 50
LONGEST: Final = 200
LINKS: Final = (
    ("", "All"),
    ("open", "Without an exam"),
    ("conflict", "In conflict"),
    ("receiving", "Arriving"),
    ("linked", "With an exam"),
)
DAYS: Final = (("today", "Today", 0), ("week", "7 days", 6), ("month", "30 days", 29))
KEPT: Final = ("q", "link", "modality", "tier", "held")
TIERS: Final = (("main", "Online"), ("cold", "Cold"))


@require_safe
@requires("studies")
def studies(request: HttpRequest) -> HttpResponse:
    """Show what the archive holds, latest first, and which exam each study belongs to."""
    principal = principal_of(request)
    wanted = _wanted(request)
    number = request.GET.get("page", "1")
    page = find_studies(
        principal=principal,
        wanted=wanted,
        number=int(number) if number.isdecimal() and len(number) < 9 else 1,
        size=PAGE_SIZE,
    )
    is_live = request.headers.get("HX-Target") == "live"
    if wanted.is_narrow and not (is_live and "If-None-Match" in request.headers):
        audit.record(
            action="query",
            object_type="study",
            object_id="list",
            origin=http_origin(request),
            role=principal.role,
        )
    context = {"page": page, "q": wanted.typed, "wanted": wanted, "chips": _chips(request, wanted)}
    if not is_live:
        context |= _around(request)
    name = "worklist/studies_live.html" if is_live else "worklist/studies.html"
    response = render(request, name, context)
    tag = f'W/"{hashlib.sha256(response.content).hexdigest()[:24]}"'
    if is_live and request.headers.get("If-None-Match") == tag:
        response = HttpResponse(status=304)
    if is_live:
        response["ETag"] = tag
    patch_vary_headers(response, ["HX-Target", "Cookie"])
    return response


def _around(request: HttpRequest) -> dict[str, Any]:
    """Return what stands around the list and stays while one types."""
    principal = principal_of(request)
    return {
        "links": LINKS,
        "chosen": request.GET.get("link", ""),
        "kept": [(name, request.GET[name]) for name in KEPT if request.GET.get(name)],
        "modalities": modalities_in_use(principal=principal),
        "days": DAYS,
        "tiers": TIERS if has_cold_area() else (),
        "waiting": cases.open_matches().count() if principal.may("read", "reconciliation") else 0,
    }


def _wanted(request: HttpRequest) -> Wanted:
    """Read what is asked for.

    Raises:
        Http404: a list or a day that nobody knows.
    """
    asked = {name: str(value).strip()[:LONGEST] for name, value in request.GET.items()}
    link, tier = asked.get("link", ""), asked.get("tier", "")
    if link not in dict(LINKS) or tier not in {"", *dict(TIERS)}:
        raise Http404("list")
    first, last = _day(asked.get("from", "")), _day(asked.get("to", ""))
    when = asked.get("when", "")
    if when:
        back = {name: days for name, _, days in DAYS}
        if when not in back:
            raise Http404("when")
        last = clock.now().astimezone(site().zone).date()
        first = last - timedelta(days=back[when])
    return Wanted(
        typed=asked.get("q", ""),
        link=link,
        modality=asked.get("modality", "")[:16],
        description=asked.get("description", ""),
        first_day=first,
        last_day=last,
        tier=tier,
        held=bool(asked.get("held")),
    )


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return read_date(text)
    except ValueError as error:
        raise Http404("day") from error


def _chips(request: HttpRequest, wanted: Wanted) -> list[tuple[str, str]]:
    """Return what was typed beside the search: the parameter, and what it asks for in words."""
    by_hand = not request.GET.get("when")
    words = {"description": f"described “{wanted.description}”" if wanted.description else ""}
    for name, day in (("from", wanted.first_day), ("to", wanted.last_day)):
        words[name] = f"{name} {day.day} {day:%b %Y}" if day and by_hand else ""
    return [(name, text) for name, text in words.items() if text]
