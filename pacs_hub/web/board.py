"""The exam board: where is each exam?"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from pacs_hub.access import queries as access_queries
from pacs_hub.access.doors import principal_of, requires
from pacs_hub.access.permissions import Principal
from pacs_hub.kernel import clock
from pacs_hub.web import wording
from worklist.exams import queries as exams
from worklist.models import Exam
from worklist.reconcile import queries as reconcile
from worklist.reconcile.studies import with_linked_studies
from worklist.scheduling import queries as scheduling

PAGE_SIZE: Final = 100


@dataclass(frozen=True, kw_only=True)
class Span:
    """The days a board shows."""

    name: str
    first: date
    last: date


@require_safe
@requires("exams")
def board(request: HttpRequest) -> HttpResponse:
    """Show the board, or only its live part when a page asks for what changed."""
    principal, now = principal_of(request), clock.now()
    today = now.astimezone(access_queries.site().zone).date()
    days = days_of(request.GET.get("day", ""), today=today)
    version = etag(request, principal, days, now=now)
    if request.headers.get("If-None-Match") == version:
        response = HttpResponse(status=304)
    else:
        context = board_context(request, principal, days, today=today, now=now)
        is_live = request.headers.get("HX-Target") == "live"
        template = "web/board_live.html" if is_live else "web/board.html"
        response = render(request, template, context | {"etag": version})
    response["ETag"] = version
    patch_vary_headers(response, ["HX-Target", "Cookie"])
    return response


def days_of(wanted: str, *, today: date) -> Span:
    """Return the days that `wanted` names: tomorrow, week, a date, or else today."""
    if wanted == "tomorrow":
        return Span(name=wanted, first=today + timedelta(days=1), last=today + timedelta(days=1))
    if wanted == "week":
        monday = today - timedelta(days=today.weekday())
        return Span(name=wanted, first=monday, last=monday + timedelta(days=6))
    try:
        day = date.fromisoformat(wanted)
    except ValueError:
        day = today
    return Span(name="today" if day == today else wanted, first=day, last=day)


def etag(request: HttpRequest, principal: Principal, days: Span, *, now: datetime) -> str:
    """Return what changes when the page would: the exams, the question, who asks, the minute."""
    version = exams.board_version(principal=principal, day=days.first, day_to=days.last)
    asked = f"{request.GET.urlencode()}|{principal.name}|{principal.role}|{now:%Y%m%d%H%M}"
    if request.GET.get("q"):  # a search looks beyond these days
        asked += f"|{now:%S}"
    return f'W/"{hashlib.sha256(f"{version}|{asked}".encode()).hexdigest()[:24]}"'


def board_context(
    request: HttpRequest, principal: Principal, days: Span, *, today: date, now: datetime
) -> dict[str, Any]:
    """Return what the board shows."""
    q = request.GET.get("q", "").strip()
    filters = exams.ExamFilters(
        date=None if q else days.first,
        day_to=None if q else days.last,
        station_ae_title=request.GET.get("room", ""),
        status=request.GET.get("state", ""),
        strip=request.GET.get("strip", ""),
        q=q,
    )
    found = with_linked_studies(exams.exams(principal=principal, filters=filters))
    if q:
        found = found.order_by("-day", "-scheduled_for", "-pk")
    elif days.name == "today":
        found = exams.around_now(found, now=now)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    counts = exams.strip_counts(principal=principal, day=days.first, day_to=days.last)
    rows = board_rows(list(page), days=days, searching=bool(q), now=now, today=today)
    late = exams.attention(principal=principal, day=days.first, day_to=days.last, now=now)
    return {
        "days": days,
        "today": today,
        "now": now,
        "q": q,
        "rows": rows,
        "page": page,
        "strips": strips(counts, late, chosen=filters.strip),
        "total": sum(counts.values()),
        "rooms_running": late["rooms"],
        "rooms": list(scheduling.stations()),
        "states": [(state, words[1]) for state, words in wording.STATUS_WORDS.items()],
        "narrowed": any((filters.strip, filters.status, filters.station_ae_title, q)),
        "unlinked": reconcile.open_matches().count()
        if principal.may("read", "reconciliation")
        else 0,
    }


def strips(counts: dict[str, int], late: dict[str, int], *, chosen: str) -> list[dict[str, Any]]:
    """Return the stations of the flow strip, each with what is late there."""
    notes = {
        "scheduled": (late["late"], "late"),
        "to_report": (late["unreported"], "over 4 h"),
        "to_charge": (late["held"], "held"),
    }
    return [
        {
            "key": key,
            "name": wording.STRIP_WORDS[key],
            "count": count,
            "on": key == chosen,
            "note": " ".join(map(str, notes[key])) if notes.get(key, (0,))[0] else "",
        }
        for key, count in counts.items()
    ]


def board_rows(
    found: list[Exam], *, days: Span, searching: bool, now: datetime, today: date
) -> list[dict[str, Any]]:
    """Return the rows: exams, and between them the lines that say which day or time comes next."""
    rows: list[dict[str, Any]] = []
    heading = ""
    for exam in found:
        if searching or days.name == "week":
            above = "today" if exam.day == today else exam.day.isoformat()
        elif days.name == "today":
            above = _stretch(exam.scheduled_for or exam.ordered_at, now=now)
        else:
            above = ""
        row: dict[str, Any] = {"exam": exam, "action": next_action(exam)}
        if above != heading:
            row["line"] = above
            row["line_day"] = exam.day if searching or days.name == "week" else None
        heading = above
        rows.append(row)
    return rows


def _stretch(moment: datetime, *, now: datetime) -> str:
    if moment > now + exams.SOON:
        return "later"
    return "next" if moment > now else "now"


def next_action(exam: Exam) -> dict[str, str] | None:
    """Return the one next thing to do about an exam: a word and the part of its page."""
    if exam.image_status in {"unmatched", "conflict"}:
        return {"word": "Resolve", "to": f"/exams/{exam.pk}/#images", "needs": "read studies"}
    if exam.charge_status in {"rejected", "held"}:
        return {"word": "Fix", "to": f"/exams/{exam.pk}/#charge", "needs": "read charges"}
    return None
