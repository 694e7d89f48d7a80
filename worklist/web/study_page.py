"""The page of one study: whose it is, what it holds, and what can be done with it."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from archive.corrections.queries import overlay_of
from archive.keeping import queries as keeping
from archive.models import Series, Study
from archive.rejection import queries as rejection
from archive.retrieve.strips import series_shown, strips, volume_of
from archive.storage.current import has_cold_area
from archive.store.queries import NoSuchStudy
from pacs_hub.access.doors import principal_of, requires
from pacs_hub.access.permissions import Principal
from pacs_hub.audit import queries as audit_rows
from worklist.documents import queries as documents
from worklist.exams import queries as exams
from worklist.reconcile.models import MatchState
from worklist.web.seen import note_view, seen, who
from worklist.web.study_sendings import sendings_context
from worklist.web.study_words import REASONS, advice_on

SERIES_A_PAGE: Final = 24
HISTORY: Final = 12


@require_safe
@requires("studies")
def study_page(request: HttpRequest, study: str) -> HttpResponse:
    """Show the study, or only its live part when the page asks for what changed."""
    principal = principal_of(request)
    try:
        row = seen(principal, study)
    except NoSuchStudy:
        return _removed(request, study)
    is_live = request.headers.get("HX-Target") == "live"
    tag = _tag(row, principal)
    if is_live and request.headers.get("If-None-Match") == tag:
        response = HttpResponse(status=304)
    else:
        template = "worklist/study_live.html" if is_live else "worklist/study.html"
        response = render(request, template, _context(request, row) | {"etag": tag})
    if not is_live:
        note_view(request, row)
    response["ETag"] = tag
    patch_vary_headers(response, ["HX-Target", "Cookie"])
    return response


def _removed(request: HttpRequest, study: str) -> HttpResponse:
    """Say that a rule removed the study, to those who might have seen it (RFC 9110 15.5.11).

    Raises:
        NoSuchStudy: it was never here, or is not for this caller.
    """
    stone = None if principal_of(request).sees_only_own else keeping.tombstone(study)
    if stone is None:
        raise NoSuchStudy("no such study")
    return render(request, "worklist/removed.html", {"stone": stone}, status=410)


def _context(request: HttpRequest, study: Study) -> dict[str, Any]:
    principal = principal_of(request)
    quality = rejection.may_see_rejected(principal)
    match = getattr(study, "match", None)
    page = Paginator(series_shown(study), SERIES_A_PAGE).get_page(request.GET.get("page"))
    pictures = strips(page.object_list)
    volume = volume_of(study)
    exam = match.exam if match and match.exam_id else None
    is_linked = match is not None and match.state == MatchState.LINKED
    return sendings_context(principal, study) | {
        "study": study,
        "match": match,
        "exam": exam,
        "linked_exam": exam if is_linked else None,
        "who": who(study),
        "page": page,
        "series": [_card(row, pictures) for row in page.object_list],
        "volume": volume,
        "advice": advice_on(study, match, volume),
        "changes": overlay_of(study),
        "candidates": _candidates(principal, match),
        "reasons": REASONS,
        "notes": list(rejection.notes(principal=principal).filter(study=study)[:20])
        if quality
        else [],
        "holds": list(keeping.holds_of(study)[:5]) if study.legal_hold else [],
        "has_cold_area": has_cold_area(),
        "wished": keeping.wished_move(study),
        "documents": list(documents.documents(principal=principal, exam_id=exam.pk)[:50])
        if exam and is_linked and principal.may("read", "documents")
        else [],
        "history": _history(study) if principal.may("read", "audit") else [],
    }


def _card(series: Series, pictures: dict[int, Any]) -> dict[str, Any]:
    return {"row": series, "pictures": pictures.get(series.pk, [])}


def _candidates(principal: Principal, match: Any) -> list[dict[str, Any]]:
    """Return the exams a study that waits may belong to, the likeliest first."""
    if match is None or match.state == MatchState.LINKED:
        return []
    told = {str(each.get("exam")): each for each in match.candidates}
    if match.exam_id:
        told.setdefault(str(match.exam_id), {"reasons": match.reasons})
    found = exams.visible_exams(principal).select_related("patient").filter(pk__in=list(told)[:5])
    return [{"exam": exam, "said": told[str(exam.pk)]} for exam in found]


def _history(study: Study) -> list[Any]:
    asked = audit_rows.AuditFilters(
        object_type="study", object_id=study.study_instance_uid, patient=study.patient_id
    )
    return list(audit_rows.rows(asked)[:HISTORY])


def _wish(study: Study) -> tuple[Any, ...]:
    wish = keeping.wished_move(study)
    return (wish.tier, wish.failed_at, wish.text) if wish else ()


def _tag(study: Study, principal: Principal) -> str:
    match = getattr(study, "match", None)
    facts = (
        study.last_received_at, study.number_of_instances, study.state, study.revised_at,
        study.tier, study.legal_hold, _wish(study), match and (match.state, match.decided_at),
        principal,
    )  # fmt: skip
    return f'W/"{hashlib.sha256(repr(facts).encode()).hexdigest()[:24]}"'
