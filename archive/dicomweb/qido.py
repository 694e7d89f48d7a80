"""QIDO-RS: search for studies, series and instances (PS3.18 10.6)."""

from __future__ import annotations

import json
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from archive.dicomweb.answers import base_url, json_answer, note, ranges_of, warn
from archive.dicomweb.negotiation import json_type
from archive.dicomweb.outcome import told
from archive.dicomweb.parameters import QidoParameters, parameters
from archive.index.identifiers import identifier, selected
from archive.index.keys import SERIES_INSTANCE_UID, STUDY_INSTANCE_UID, Level, match_of
from archive.index.queries import Row, Search, find
from archive.store.models import Study
from pacs_hub.access.doors import principal_of, requires

# Level asked for, and whether the path names the study and the series: what each row tells.
_TOLD: Final[dict[tuple[Level, bool, bool], tuple[Level, ...]]] = {
    (Level.STUDY, False, False): (Level.STUDY,),
    (Level.SERIES, True, False): (Level.SERIES,),
    (Level.SERIES, False, False): (Level.STUDY, Level.SERIES),
    (Level.INSTANCE, True, True): (Level.INSTANCE,),
    (Level.INSTANCE, True, False): (Level.SERIES, Level.INSTANCE),
    (Level.INSTANCE, False, False): (Level.STUDY, Level.SERIES, Level.INSTANCE),
}


@requires("studies")
@require_safe
@told
def search(
    request: HttpRequest, *, level: Level, study: str = "", series: str = ""
) -> HttpResponseBase:
    """Answer one of the six searches; 204 where nothing is found."""
    media_type = json_type(ranges_of(request))
    asked = parameters(dict(request.GET.lists()))
    if study:
        asked.matches[STUDY_INSTANCE_UID] = match_of("UI", study)
    if series:
        asked.matches[SERIES_INSTANCE_UID] = match_of("UI", series)
    page = find(
        Search(
            level=level, matches=asked.matches, principal=principal_of(request), one_interval=True
        ),
        limit=asked.limit,
        offset=asked.offset,
    )
    note(request, "query", study=_only_study(page.rows, named=bool(study)))
    if page.remaining > 0:
        asked.warnings.insert(
            0, f"There are {page.remaining} additional results that can be requested"
        )
    if not page.rows:
        return warn(HttpResponse(status=204), asked.warnings)
    levels = _TOLD[level, bool(study), bool(series)]
    body = _body(page.rows, asked, levels, base_url(request))
    return warn(json_answer(request, body, media_type=media_type), asked.warnings)


def _only_study(rows: list[Row], *, named: bool) -> Study | None:
    return rows[0].study if named and rows else None


def _body(rows: list[Row], asked: QidoParameters, levels: tuple[Level, ...], base: str) -> bytes:
    out = []
    for row in rows:
        told_of = identifier(row, levels=levels, base_url=base)
        if asked.fields:
            told_of.update(selected(row, tags=asked.fields))
            told_of = dict(sorted(told_of.items()))
        out.append(told_of)
    return json.dumps(out, separators=(",", ":"), ensure_ascii=False).encode()
