"""WADO-RS: the bytes that metadata only points to (PS3.18 10.4.1.1.5, 10.4.1.1.7)."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from archive.dicom.json_model import TagPath
from archive.dicomweb import multipart
from archive.dicomweb.answers import entity_tag, not_modified, note, ranges_of
from archive.dicomweb.frame_answers import frame_parts, place_of
from archive.dicomweb.frames import choice_for, send_frames
from archive.dicomweb.multipart import Part
from archive.dicomweb.negotiation import OCTETS, in_many_parts, rendered_type
from archive.dicomweb.outcome import told
from archive.dicomweb.ranges import bytes_answer
from archive.dicomweb.screen import document_answer, document_type
from archive.retrieve import plan
from archive.retrieve.bulkdata import (
    NoSuchBulkData,
    Span,
    bulk_paths,
    path_text,
    span_at,
    tag_path,
)
from archive.retrieve.documents import is_video, video
from archive.retrieve.frame_source import located, source_of
from archive.retrieve.metadata import PIXEL_DATA, instance_metadata
from archive.retrieve.pixels import NATIVE, checked_numbers
from archive.retrieve.plan import Target
from archive.retrieve.streaming import closed_on_error
from archive.storage.current import area
from archive.store.models import Instance
from pacs_hub.access.doors import principal_of, requires

PIXEL_GROUP = PIXEL_DATA >> 16


@requires("images")
@require_safe
@told
def bulkdata(
    request: HttpRequest, *, study: str, series: str, instance: str, place: str
) -> HttpResponseBase:
    """Answer the bytes of one attribute; those of compressed pixel data are all its frames."""
    target = Target(study=study, series=series, instance=instance)
    row = plan.instance(target, principal=principal_of(request))
    path = tag_path(place)
    if path == (PIXEL_DATA,) and is_video(row):
        rendered_type(ranges_of(request), [document_type(row), OCTETS])
        return document_answer(request, row)
    if path == (PIXEL_DATA,) and row.transfer_syntax_uid not in NATIVE:
        return send_frames(request, source_of(row), None)
    together = in_many_parts(ranges_of(request), OCTETS)
    tag = entity_tag(row.sha256, path, together).removeprefix("W/")
    if unchanged := not_modified(request, tag):
        return unchanged
    note(request, "view", study=row.study)
    span = _span(row, path)
    if not together:
        response = bytes_answer(
            request, length=span.length, blocks=span.blocks, content_type=OCTETS, tag=tag
        )
        response["Content-Location"] = f"{_place(request, row)}/bulkdata/{path_text(path)}"
        return response
    return _together([_part(request, row, path)], tag)


@requires("images")
@require_safe
@told
def many(
    request: HttpRequest,
    *,
    study: str,
    series: str = "",
    instance: str = "",
    pixels_only: bool = False,
) -> HttpResponseBase:
    """Answer all bulk data of a study, a series or an instance, or only their pixels."""
    target = Target(study=study, series=series, instance=instance)
    rows = plan.instances(target, principal=principal_of(request))
    tag = entity_tag("bulk", pixels_only, request.headers.get("Accept"), *(r.sha256 for r in rows))
    if unchanged := not_modified(request, tag):
        return unchanged
    note(request, "export", study=rows[0].study)
    parts = (part for row in rows for part in _parts(request, row, pixels_only))
    first = next(parts, None)  # what fails with the first is still an answer of its own
    if first is None:
        raise NoSuchBulkData("there is no bulk data in it")
    return _together(itertools.chain([first], parts), tag)


def _parts(request: HttpRequest, row: Instance, pixels_only: bool) -> Iterator[Part]:
    (described,) = json.loads(instance_metadata([row], area=area(), base_url=""))
    for path in bulk_paths(described):
        if pixels_only and (len(path) > 1 or path[0] >> 16 != PIXEL_GROUP):
            continue
        if path == (PIXEL_DATA,) and is_video(row):
            with closed_on_error(area().open(row.storage_key)) as file:
                chunks = video(file, row).blocks()
            location = f"{_place(request, row)}/bulkdata/{path_text(path)}"
            yield Part(content_type=document_type(row), chunks=chunks, location=location)
        elif path == (PIXEL_DATA,):
            yield from _frames(request, row)
        else:
            in_many_parts(ranges_of(request), OCTETS)
            yield _part(request, row, path)


def _frames(request: HttpRequest, row: Instance) -> Iterator[Part]:
    found = source_of(row)
    choice = choice_for(request, found)
    with area().open(row.storage_key) as file:
        pixels = located(file, found)
        numbers = checked_numbers(pixels, None)
        yield from frame_parts(pixels, choice, numbers, f"{_place(request, row)}/frames/")


def _part(request: HttpRequest, row: Instance, path: TagPath) -> Part:
    span = _span(row, path)
    location = f"{_place(request, row)}/bulkdata/{path_text(path)}"
    return Part(content_type=OCTETS, chunks=span.blocks(), location=location)


def _span(row: Instance, path: TagPath) -> Span:
    with closed_on_error(area().open(row.storage_key)) as file:
        return span_at(file, path, transfer_syntax_uid=row.transfer_syntax_uid)


def _place(request: HttpRequest, row: Instance) -> str:
    return place_of(request, source_of(row))


def _together(parts: Iterator[Part] | list[Part], tag: str) -> HttpResponseBase:
    boundary = multipart.new_boundary()
    response = StreamingHttpResponse(
        multipart.body(parts, boundary), content_type=multipart.content_type(OCTETS, boundary)
    )
    response["ETag"] = tag
    return response
