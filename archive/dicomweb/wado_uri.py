"""WADO-URI: one object or one picture by query string (PS3.18 9)."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from archive.dicomweb.accept import accepted
from archive.dicomweb.answers import note, warn
from archive.dicomweb.cors import shared
from archive.dicomweb.departure import check, leaving
from archive.dicomweb.frame_list import frame_numbers
from archive.dicomweb.negotiation import DICOM, rendered_type
from archive.dicomweb.outcome import told
from archive.dicomweb.rendering_parameters import rendering_of
from archive.dicomweb.screen import document_answer, document_type
from archive.dicomweb.uri_parameters import BadWadoUri, picture_parameters, region_of
from archive.retrieve import plan
from archive.retrieve.documents import HTML
from archive.retrieve.plan import Target
from archive.retrieve.rendering import PICTURE_FORMATS, loop, rendered
from archive.storage.current import area
from archive.store.models import Instance
from pacs_hub.access.doors import principal_of, requires

GIF: Final = "image/gif"
# What shows an object to a person cannot be mixed with the object itself (PS3.18 9.1.2.2.1).
_SHOWING: Final = ("imageAnnotation", "annotation", "imageQuality", "rows", "columns", "region")
_SHOWING_TOO: Final = ("windowCenter", "windowWidth", "presentationUID", "presentationSeriesUID")


@requires("images")
@require_safe
@told
def answered(request: HttpRequest) -> HttpResponseBase:
    """Answer the one object that is named, as it is or as a screen shows it."""
    query = request.GET
    row = plan.instance(_target(query), principal=principal_of(request))
    own_type = document_type(row)
    offered = [own_type] if own_type else list(PICTURE_FORMATS) if row.rows else []
    wanted = query.get("contentType", "") or _default_type(query, row, own_type)
    media_type, _ = rendered_type(accepted(wanted), [*offered, DICOM])
    if media_type == DICOM:
        return _object(request, row)
    if query.get("anonymize"):
        raise BadWadoUri("anonymize is for application/dicom", field="anonymize")
    return document_answer(request, row) if own_type else _picture(request, row, media_type)


def _default_type(query: QueryDict, row: Instance, own_type: str) -> str:
    """Return what is meant where no type is named (PS3.18 table 9.1.2-1)."""
    if own_type:
        return own_type if own_type == HTML else DICOM
    shown = any(query.get(name) for name in (*_SHOWING, *_SHOWING_TOO, "frameNumber"))
    return "image/jpeg" if row.rows and (row.number_of_frames == 1 or shown) else DICOM


def _target(query: QueryDict) -> Target:
    """Read what every request names (PS3.18 9.1.2.1)."""
    if query.get("requestType") != "WADO":
        raise BadWadoUri("requestType is WADO", field="requestType")
    names = {name: query.get(name, "") for name in ("studyUID", "seriesUID", "objectUID")}
    for name, value in names.items():
        if not value:
            raise BadWadoUri(f"{name} is missing", field=name)
    if query.get("anonymize", "yes") != "yes":
        raise BadWadoUri("anonymize is yes, or not there", field="anonymize")
    return Target(study=names["studyUID"], series=names["seriesUID"], instance=names["objectUID"])


def _object(request: HttpRequest, row: Instance) -> HttpResponseBase:
    for name in (*_SHOWING, *_SHOWING_TOO, "frameNumber"):
        if request.GET.get(name):
            raise BadWadoUri(f"{name} is for pictures, not for application/dicom", field=name)
    syntax = request.GET.get("transferSyntax", "")
    syntaxes = (syntax,) if syntax else ()
    check([row], syntaxes)
    going = leaving(row, syntaxes, is_anonymous="anonymize" in request.GET)
    note(request, "export", study=row.study)
    response = StreamingHttpResponse(going.part10(), content_type=DICOM)
    if going.length is not None:
        response["Content-Length"] = str(going.length)
    return response


def _picture(request: HttpRequest, row: Instance, media_type: str) -> HttpResponseBase:
    query = request.GET
    number = query.get("frameNumber", "")
    numbers = frame_numbers(number or "1")[:1]
    rendering, warnings = rendering_of(
        picture_parameters(query), media_type, region=region_of(query.get("region", ""))
    )
    if query.get("presentationUID") or query.get("presentationSeriesUID"):
        warnings.append("Presentation states are not applied.")
    note(request, "view", study=row.study)
    with area().open(row.storage_key) as file:
        if media_type == GIF and not number and row.number_of_frames > 1:
            content, _ = loop(file, range(1, row.number_of_frames + 1), rendering)
        else:
            content = rendered(file, numbers[0], rendering)
    return warn(HttpResponse(content, content_type=media_type), warnings)


wado_uri = shared(answered)
