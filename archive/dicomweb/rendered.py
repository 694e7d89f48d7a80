"""WADO-RS: pictures for the screen (PS3.18 10.4.1.1.3, 10.4.1.1.4)."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from archive.dicomweb import multipart
from archive.dicomweb.answers import entity_tag, not_modified, note, ranges_of, warn
from archive.dicomweb.frame_list import frame_numbers
from archive.dicomweb.multipart import Part
from archive.dicomweb.negotiation import rendered_type
from archive.dicomweb.outcome import told
from archive.dicomweb.rendering_parameters import rendering_of
from archive.retrieve import plan
from archive.retrieve.plan import Target
from archive.retrieve.rendering import PICTURE_FORMATS, Rendering, rendered
from archive.storage.current import area
from archive.store.models import Instance
from pacs_hub.access.doors import principal_of, requires


@requires("images")
@require_safe
@told
def picture(
    request: HttpRequest,
    *,
    study: str,
    series: str = "",
    instance: str = "",
    numbers: str = "",
    thumbnail: bool = False,
) -> HttpResponseBase:
    """Answer a picture of a frame, an instance, or what stands for a series or a study."""
    media_type, many = rendered_type(ranges_of(request), list(PICTURE_FORMATS))
    target = Target(study=study, series=series, instance=instance)
    principal = principal_of(request)
    find = plan.instance if instance else plan.representative
    row = find(target, principal=principal)
    wanted = frame_numbers(numbers) if numbers else [(row.number_of_frames + 1) // 2]
    rendering, warnings = rendering_of(request.GET, media_type, thumbnail=thumbnail)
    tag = entity_tag(row.sha256, wanted, rendering, many)
    if unchanged := not_modified(request, tag):
        return unchanged
    if not thumbnail:
        note(request, "view", study=row.study)
    pictures = _pictures(row, wanted, rendering)
    if many or len(pictures) > 1:
        response: HttpResponseBase = _together(pictures, media_type)
    else:
        response = warn(HttpResponse(pictures[0], content_type=media_type), warnings)
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    return response


def _pictures(row: Instance, numbers: Sequence[int], rendering: Rendering) -> list[bytes]:
    with area().open(row.storage_key) as file:
        return [rendered(file, number, rendering) for number in numbers]


def _together(pictures: Sequence[bytes], media_type: str) -> StreamingHttpResponse:
    boundary = multipart.new_boundary()
    parts = (Part(content_type=media_type, chunks=[picture]) for picture in pictures)
    return StreamingHttpResponse(
        multipart.body(parts, boundary), content_type=multipart.content_type(media_type, boundary)
    )
