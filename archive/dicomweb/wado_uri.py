"""WADO-URI: one object or one picture by query string (PS3.18 9)."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from archive.dicomweb.accept import accepted
from archive.dicomweb.answers import note
from archive.dicomweb.departure import check, leaving
from archive.dicomweb.frame_list import frame_numbers
from archive.dicomweb.negotiation import (
    DICOM,
    rendered_type,
)
from archive.dicomweb.outcome import told
from archive.dicomweb.rendering_parameters import BadRendering, rendering_of
from archive.retrieve import plan
from archive.retrieve.plan import Target
from archive.retrieve.rendering import PICTURE_FORMATS, rendered
from archive.storage.current import area
from archive.store.models import Instance
from pacs_hub.access.doors import principal_of, requires
from pacs_hub.kernel.errors import Malformed

OFFERED: Final = (*PICTURE_FORMATS, DICOM)


class BadWadoUri(Malformed):
    """A required parameter is missing, or one is there that we do not do."""

    code = "bad-wado-uri"


@requires("images")
@require_safe
@told
def wado_uri(request: HttpRequest) -> HttpResponseBase:
    """Answer the one object that is named, as it is or as a picture."""
    query = request.GET
    if query.get("requestType") != "WADO":
        raise BadWadoUri("requestType is WADO", field="requestType")
    names = {name: query.get(name, "") for name in ("studyUID", "seriesUID", "objectUID")}
    for name, value in names.items():
        if not value:
            raise BadWadoUri(f"{name} is missing", field=name)
    if query.get("anonymize"):
        raise BadWadoUri("anonymize is not offered", field="anonymize")
    target = Target(study=names["studyUID"], series=names["seriesUID"], instance=names["objectUID"])
    row = plan.instance(target, principal=principal_of(request))
    wanted = query.get("contentType", "") or ("image/jpeg" if row.rows else DICOM)
    media_type, _ = rendered_type(accepted(wanted), OFFERED)
    note(request, "export" if media_type == DICOM else "view", study=row.study)
    return _object(request, row) if media_type == DICOM else _picture(request, row, media_type)


def _object(request: HttpRequest, row: Instance) -> HttpResponseBase:
    syntax = request.GET.get("transferSyntax", "")
    syntaxes = (syntax,) if syntax else ()
    check([row], syntaxes)
    going = leaving(row, syntaxes)
    return StreamingHttpResponse(going.part10(), content_type=DICOM)


def _picture(request: HttpRequest, row: Instance, media_type: str) -> HttpResponseBase:
    query = request.GET
    (number,) = frame_numbers(query.get("frameNumber", "") or "1")[:1]
    center, width = query.get("windowCenter", ""), query.get("windowWidth", "")
    if bool(center) != bool(width):
        raise BadRendering("windowCenter and windowWidth go together", field="windowWidth")
    asked = {"quality": query.get("imageQuality", "")}
    if center:
        asked["window"] = f"{center},{width},linear"
    rows, columns = query.get("rows", ""), query.get("columns", "")
    if rows or columns:
        asked["viewport"] = f"{columns or rows},{rows or columns}"
    rendering, _ = rendering_of(asked, media_type)
    with area().open(row.storage_key) as file:
        return HttpResponse(rendered(file, number, rendering), content_type=media_type)
