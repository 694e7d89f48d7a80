"""Documents, videos and reports, answered as a browser shows them (PS3.18 table 8.7.2-1)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from archive.dicomweb.answers import entity_tag, not_modified, note
from archive.dicomweb.frame_types import FRAME_TYPES
from archive.dicomweb.ranges import bytes_answer
from archive.retrieve.documents import (
    DOCUMENT_TYPES,
    HTML,
    document,
    is_report,
    is_video,
    report,
    video,
)
from archive.retrieve.leaving import leave
from archive.retrieve.streaming import closed_on_error
from archive.storage.current import area
from archive.store.models import Instance

# A document of somebody else shown from our address runs nothing and reaches nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def document_type(row: Instance) -> str:
    """Return the media type of what is no picture: document, video, report; else ""."""
    if is_video(row):
        return FRAME_TYPES.get(row.transfer_syntax_uid, "video/mp4")
    if is_report(row):
        return HTML
    return DOCUMENT_TYPES.get(row.sop_class_uid, "")


def document_answer(request: HttpRequest, row: Instance) -> HttpResponseBase:
    """Answer it; a byte range of a document or a video where one is asked for.

    Raises:
        NoSuchBulkData: the object is empty.
        BadRange: the range lies outside.
    """
    tag = entity_tag(row.sha256, "shown", row.study.revised_at)
    if not is_report(row):  # the very bytes, whatever is corrected about them
        tag = entity_tag(row.sha256, "document").removeprefix("W/")
    if unchanged := not_modified(request, tag):
        return unchanged
    note(request, "view", study=row.study)
    if is_report(row):
        with leave(row, area=area()) as going:
            response: HttpResponseBase = HttpResponse(report(going.part10()), content_type=HTML)
        response["ETag"] = tag
        return response
    with closed_on_error(area().open(row.storage_key)) as file:
        found = video(file, row) if is_video(row) else document(file, row)
    response = bytes_answer(
        request,
        length=found.length,
        blocks=found.blocks,
        content_type=document_type(row),
        tag=tag,
    )
    if not is_video(row) and DOCUMENT_TYPES[row.sop_class_uid] != "application/pdf":
        response["Content-Security-Policy"] = POLICY
    return response
