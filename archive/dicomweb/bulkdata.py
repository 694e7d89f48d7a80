"""WADO-RS: the bytes that metadata only points to (PS3.18 10.4.1.1.5)."""

from __future__ import annotations

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from archive.dicomweb import multipart
from archive.dicomweb.answers import ranges_of
from archive.dicomweb.frames import send_frames
from archive.dicomweb.multipart import Part
from archive.dicomweb.negotiation import OCTETS, rendered_type
from archive.dicomweb.outcome import told
from archive.retrieve import plan
from archive.retrieve.bulkdata import tag_path, value_at
from archive.retrieve.metadata import PIXEL_DATA
from archive.retrieve.plan import Target
from archive.storage.current import area
from pacs_hub.access.doors import principal_of, requires


@requires("images")
@require_safe
@told
def bulkdata(
    request: HttpRequest, *, study: str, series: str, instance: str, place: str
) -> HttpResponseBase:
    """Answer the bytes of one attribute; those of the pixel data are all its frames."""
    target = Target(study=study, series=series, instance=instance)
    row = plan.instance(target, principal=principal_of(request))
    path = tag_path(place)
    if path == (PIXEL_DATA,):
        return send_frames(request, row, None)
    _, many = rendered_type(ranges_of(request), [OCTETS])
    with area().open(row.storage_key) as file:
        value = value_at(file, path)
    part = Part(content_type=OCTETS, chunks=[value], location=request.build_absolute_uri())
    if not many:
        response = StreamingHttpResponse(part.chunks, content_type=OCTETS)
        response["Content-Location"] = part.location
        return response
    boundary = multipart.new_boundary()
    return StreamingHttpResponse(
        multipart.body([part], boundary), content_type=multipart.content_type(OCTETS, boundary)
    )
