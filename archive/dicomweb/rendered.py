"""WADO-RS: what a screen shows of an object (PS3.18 10.4.1.1.3, 10.4.1.1.4)."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Sequence
from typing import BinaryIO

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
from archive.dicomweb.screen import document_answer, document_type
from archive.retrieve import plan
from archive.retrieve.pixels import NoPixelData, NoSuchFrame
from archive.retrieve.plan import Target
from archive.retrieve.rendering import PICTURE_FORMATS, Rendering, loop, rendered
from archive.storage.current import area
from archive.store.models import Instance
from pacs_hub.access.doors import principal_of, requires

GIF = "image/gif"


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
    """Answer a picture of a frame, an instance, or what stands for a series or a study.

    A document is answered as it is, a report as a page; neither has a thumbnail.
    """
    target = Target(study=study, series=series, instance=instance)
    find = plan.instance if instance else plan.representative
    row = find(target, principal=principal_of(request))
    own_type = document_type(row)
    if own_type and (numbers or thumbnail):
        raise NoPixelData("the object is not an image")
    if own_type:
        rendered_type(ranges_of(request), [own_type])
        return document_answer(request, row)
    media_type, many = rendered_type(ranges_of(request), list(PICTURE_FORMATS))
    wanted = frame_numbers(numbers) if numbers else _frames_of(row, media_type, thumbnail)
    rendering, warnings = rendering_of(request.GET, media_type, thumbnail=thumbnail)
    tag = entity_tag(row.sha256, row.study.revised_at, wanted, rendering, many)
    if unchanged := not_modified(request, tag):
        return unchanged
    if not thumbnail:
        note(request, "view", study=row.study)
    if media_type == GIF and len(wanted) > 1:
        response = _loop(row, wanted, rendering, warnings)
    else:
        response = _pictures(row, wanted, rendering, many)
    warn(response, warnings)
    response["ETag"] = tag
    response["Vary"] = "Accept"
    return response


def _frames_of(row: Instance, media_type: str, thumbnail: bool) -> Sequence[int]:
    """Return which frames stand for the instance: all as a loop, else the one in the middle."""
    if media_type == GIF and not thumbnail:
        return range(1, row.number_of_frames + 1)  # no list: the number is only what is announced
    return [(row.number_of_frames + 1) // 2]


def _loop(
    row: Instance, wanted: Sequence[int], rendering: Rendering, warnings: list[str]
) -> HttpResponseBase:
    with area().open(row.storage_key) as file:
        content, fitted = loop(file, wanted, rendering)
    if fitted < len(wanted):
        warnings.append(f"Only the first {fitted} of {len(wanted)} frames are in the loop.")
    return HttpResponse(content, content_type=GIF)


def _pictures(
    row: Instance, numbers: Sequence[int], rendering: Rendering, many: bool
) -> HttpResponseBase:
    if max(numbers) > row.number_of_frames:
        raise NoSuchFrame(f"the instance has frames 1 to {row.number_of_frames}")
    pictures = _each(area().open(row.storage_key), numbers, rendering)
    first = next(pictures)  # fails while an answer is still possible
    if not many and len(numbers) == 1:
        pictures.close()
        return HttpResponse(first, content_type=rendering.media_type)
    boundary = multipart.new_boundary()
    shown = itertools.chain([first], pictures)
    parts = (Part(content_type=rendering.media_type, chunks=[one]) for one in shown)
    return StreamingHttpResponse(
        multipart.body(parts, boundary),
        content_type=multipart.content_type(rendering.media_type, boundary),
    )


def _each(file: BinaryIO, numbers: Sequence[int], rendering: Rendering) -> Generator[bytes]:
    """Yield one picture after the other, and close the file."""
    with file:
        for number in numbers:
            yield rendered(file, number, rendering)
