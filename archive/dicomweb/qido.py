"""QIDO-RS: search for studies, series and instances (PS3.18 10.6)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from archive.dicom.json_model import Json
from archive.dicom.xml_model import document
from archive.dicomweb import multipart
from archive.dicomweb.answers import base_url, json_answer, note, ranges_of, warn
from archive.dicomweb.multipart import Part
from archive.dicomweb.negotiation import DICOM_XML, metadata_type
from archive.dicomweb.outcome import told
from archive.dicomweb.parameters import QidoParameters, parameters
from archive.index.identifiers import COSTLY, details_of, identifier, selected
from archive.index.keys import (
    REQUESTS,
    SERIES_INSTANCE_UID,
    STUDY_INSTANCE_UID,
    Level,
    match_of,
)
from archive.index.queries import Page, Row, Search, find
from archive.index.zones import in_our_zone
from archive.store.models import Study
from pacs_hub.access.doors import principal_of, requires
from pacs_hub.access.permissions import Principal
from pacs_hub.access.queries import site

MOST_WARNINGS: Final = 20  # header lines have an end
# Level asked for, and whether the path names the study and the series: what each row tells.
_TOLD: Final[dict[tuple[Level, bool, bool], tuple[Level, ...]]] = {
    (Level.STUDY, False, False): (Level.PATIENT, Level.STUDY),
    (Level.SERIES, True, False): (Level.SERIES,),
    (Level.SERIES, False, False): (Level.PATIENT, Level.STUDY, Level.SERIES),
    (Level.INSTANCE, True, True): (Level.INSTANCE,),
    (Level.INSTANCE, True, False): (Level.SERIES, Level.INSTANCE),
    (Level.INSTANCE, False, False): (Level.PATIENT, Level.STUDY, Level.SERIES, Level.INSTANCE),
}


@requires("studies")
@require_safe
@told
def search(
    request: HttpRequest, *, level: Level, study: str = "", series: str = ""
) -> HttpResponseBase:
    """Answer one of the six searches; 204 where nothing is found."""
    media_type = metadata_type(ranges_of(request))
    asked = parameters(dict(request.GET.lists()))
    if asked.zone is not None:
        asked.matches = in_our_zone(asked.matches, asked_in=asked.zone, ours=site().zone)
    if study:
        asked.matches[STUDY_INSTANCE_UID,] = match_of("UI", study)
    if series:
        asked.matches[SERIES_INSTANCE_UID,] = match_of("UI", series)
    wanted = Search(
        level=level,
        matches=asked.matches,
        principal=principal_of(request),
        one_interval=True,
        fuzzy=asked.fuzzy,
    )
    page = find(wanted, limit=asked.limit, offset=asked.offset)
    note(request, "query", study=_only_study(page.rows, named=bool(study)))
    warnings = [*_what_is_left(page), *asked.warnings[:MOST_WARNINGS]]
    if not page.rows:
        return warn(HttpResponse(status=204), warnings)
    levels = _TOLD[level, bool(study), bool(series)]
    rows = _told(page.rows, asked, levels, base=base_url(request), principal=wanted.principal)
    if media_type == DICOM_XML:
        return warn(_xml_answer(rows), warnings)
    body = json.dumps(list(rows), separators=(",", ":"), ensure_ascii=False).encode()
    return warn(json_answer(request, body, media_type=media_type), warnings)


def _only_study(rows: list[Row], *, named: bool) -> Study | None:
    return rows[0].study if named and rows else None


def _what_is_left(page: Page) -> list[str]:
    if not page.remaining:
        return []
    least = "" if page.is_exact else "at least "
    return [f"There are {least}{page.remaining} additional results that can be requested"]


def _told(
    rows: list[Row],
    asked: QidoParameters,
    levels: tuple[Level, ...],
    *,
    base: str,
    principal: Principal | None,
) -> Iterator[Json]:
    """Yield what each row tells: its levels, and the fields asked for besides."""
    fields = set(COSTLY) if asked.all_fields else set(asked.fields)
    if Level.SERIES in levels:
        fields.add(REQUESTS)
    details = details_of(rows, asked=fields, principal=principal)
    for row in rows:
        told_of = identifier(row, levels=levels, base_url=base, details=details)
        if asked.fields:
            told_of.update(selected(row, tags=asked.fields, details=details))
            told_of = dict(sorted(told_of.items()))
        yield told_of


def _xml_answer(rows: Iterator[Json]) -> StreamingHttpResponse:
    boundary = multipart.new_boundary()
    parts = (Part(content_type=DICOM_XML, chunks=[document(row)]) for row in rows)
    return StreamingHttpResponse(
        multipart.body(parts, boundary), content_type=multipart.content_type(DICOM_XML, boundary)
    )
