"""The page of storage: what the areas hold, how well it is kept, and what needs somebody."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from archive.availability import queries as availability
from archive.commitment import queries as commitment
from archive.forwarding import queries as forwarding
from archive.keeping import queries as keeping
from archive.keeping.queries import StorageState
from archive.storage.current import area, has_cold_area
from archive.store import queries as store
from pacs_hub.access.doors import principal_of, requires
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Unavailable
from worklist.reconcile.queries import studies_in_use
from worklist.web.study_words import sending_axis

SHOWN: Final = 8
DRY_PAGES: Final = 10
DRY_SHOWN: Final = 20


@require_safe
@requires("settings")
def storage(request: HttpRequest) -> HttpResponse:
    """Show it all; each part shows the first few and leads to the rest."""
    now = clock.now()
    state, problem = _state()
    failed_commitments = list(commitment.need_a_person()[:SHOWN])
    waiting_commitments = [
        each for each in commitment.waiting()[:SHOWN] if each not in failed_commitments
    ]
    open_findings = list(keeping.findings(state="open")[:SHOWN])
    context = {
        "state": state,
        "problem": problem,
        "today": state.days[0] if state and state.days else None,
        "growth": _growth(state),
        "percent": _percent(state),
        "has_cold_area": has_cold_area(),
        "findings": open_findings,
        "rules": keeping.retention_rules(),
        "tombstones": list(keeping.tombstones()[:SHOWN]),
        "commitments": waiting_commitments,
        "failed_commitments": failed_commitments,
        "notices": list(availability.notices(state="queued")[:SHOWN]),
        "failed_notices": list(availability.need_a_person()[:SHOWN]),
        "lanes": forwarding.lanes(now=now),
        "failed_sendings": [
            {"row": row, "axis": sending_axis(row)} for row in forwarding.need_a_person()[:SHOWN]
        ],
        "kept_aside": list(store.kept_aside()[:SHOWN]),
        "kept_aside_count": store.kept_aside().count(),
        "now": now,
    }
    return render(request, "worklist/storage.html", context)


@require_safe
@requires("settings")
def dry_run(request: HttpRequest, number: int) -> HttpResponse:
    """Show what one rule of retention would act on now; nothing is touched."""
    rules = keeping.retention_rules()
    if number >= len(rules):
        raise Http404("rule")
    due: list[Any] = []
    after: int | None = 0
    for _ in range(DRY_PAGES):
        found, after = keeping.due_page(
            rules[number], now=clock.now(), veto=studies_in_use, after=after or 0
        )
        due += found
        if after is None:
            break
    acted = [each for each in due if not each.kept_because]
    context = {
        "rule": rules[number],
        "due": due[:DRY_SHOWN],
        "studies": len(acted),
        "kept": len(due) - len(acted),
        "bytes": sum(each.bytes for each in acted),
        "is_part": after is not None,
        "looked_at": DRY_PAGES * keeping.PAGE,
        "sees_studies": principal_of(request).may("read", "studies"),
    }
    return render(request, "worklist/dry_run.html", context)


def _state() -> tuple[StorageState | None, str]:
    try:
        return keeping.storage_state(area=area(), days=31), ""
    except (Unavailable, OSError) as error:
        return None, error.text if isinstance(error, Unavailable) else "the disk does not answer"


def _growth(state: StorageState | None) -> float | None:
    """Return the bytes a day that came lately, by the days that are known."""
    days = state.days if state else ()
    if len(days) < 2:
        return None
    last, first = days[0], days[min(7, len(days) - 1)]
    passed = (last.day - first.day).days
    if not passed:
        return None
    return ((last.bytes + last.cold_bytes) - (first.bytes + first.cold_bytes)) / passed


def _percent(state: StorageState | None) -> int | None:
    """Return how much of the archive the round of verification has read."""
    if state is None or state.verification is None:
        return None
    if state.verification.finished_at is not None:
        return 100
    if not state.days:
        return None
    total = state.days[0].number_of_objects + state.days[0].number_of_cold_objects
    return min(99, 100 * state.verification.number_of_objects // total) if total else None
