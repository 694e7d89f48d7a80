"""The page of one series: its instances, a page at a time."""

from __future__ import annotations

from typing import Final

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from archive.dicom.names import uid_name
from archive.rejection.queries import may_see_rejected
from archive.retrieve.strips import instances_shown, series_shown
from pacs_hub.access.doors import principal_of, requires
from worklist.web.seen import note_view, seen, who
from worklist.web.study_words import REASONS

INSTANCES_A_PAGE: Final = 60


@require_safe
@requires("studies")
def series_page(request: HttpRequest, study: str, series: str) -> HttpResponse:
    """Show what the series holds; those who look after quality also see what is out of use."""
    principal = principal_of(request)
    row, quality = seen(principal, study), may_see_rejected(principal)
    found = series_shown(row, with_rejected=quality).filter(series_instance_uid=series).first()
    if found is None:
        raise Http404("series")
    rows = instances_shown(found, with_rejected=quality)
    page = Paginator(rows, INSTANCES_A_PAGE).get_page(request.GET.get("page"))
    note_view(request, row)
    context = {
        "study": row,
        "series": found,
        "page": page,
        "instances": [
            {
                "row": each,
                "kind": uid_name(each.sop_class_uid),
                "syntax": uid_name(each.transfer_syntax_uid),
            }
            for each in page.object_list
        ],
        "who": who(row),
        "reasons": REASONS,
    }
    return render(request, "worklist/series.html", context)
