"""WADO-RS: metadata of studies, series and instances (PS3.18 10.4.1.1.2)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from archive.corrections.queries import overlay_stamp
from archive.dicom.xml_model import document
from archive.dicomweb import multipart
from archive.dicomweb.answers import (
    base_url,
    entity_tag,
    json_answer,
    not_modified,
    note,
    ranges_of,
)
from archive.dicomweb.multipart import Part
from archive.dicomweb.negotiation import DICOM_XML, metadata_type
from archive.dicomweb.outcome import told
from archive.retrieve import metadata as made
from archive.retrieve import plan
from archive.retrieve.plan import OutOfUse, Target
from archive.storage.current import area
from archive.store.models import Study, StudyState
from pacs_hub.access.doors import principal_of, requires

_NOTHING = b"[]"


@requires("images")
@require_safe
@told
def metadata(
    request: HttpRequest, *, study: str, series: str = "", instance: str = ""
) -> HttpResponseBase:
    """Answer the metadata of a study, a series or an instance."""
    media_type = metadata_type(ranges_of(request))
    target = Target(study=study, series=series, instance=instance)
    principal, base = principal_of(request), base_url(request)
    if instance:
        row = plan.instance(target, principal=principal)
        revision = (row.study.revised_at, overlay_stamp(row.study))
        tag = entity_tag("metadata", row.sha256, *revision, media_type, base)
        if unchanged := not_modified(request, tag):
            return unchanged
        note(request, "view", study=row.study)
        content = made.instance_metadata([row], area=area(), base_url=base)
        return _answer(request, [content], media_type, tag)
    rows = plan.series_of(target, principal=principal)
    tag = _tag_of(rows[0].study, study, series, media_type, base)
    if tag and (unchanged := not_modified(request, tag)):
        return unchanged
    note(request, "view", study=rows[0].study)
    arrays = [made.series_metadata(each, area=area(), base_url=base) for each in rows]
    return _answer(request, [array for array in arrays if array != _NOTHING], media_type, tag)


def _answer(
    request: HttpRequest, arrays: list[bytes], media_type: str, tag: str
) -> HttpResponseBase:
    if not arrays:
        raise OutOfUse("it was taken out of use")
    if media_type == DICOM_XML:
        response = _documents(arrays)
    else:
        content = arrays[0]
        if len(arrays) > 1:
            content = b"[" + b",".join(array[1:-1] for array in arrays) + b"]"
        response = json_answer(request, content, media_type=media_type)
    if tag:
        response["ETag"] = tag
    return response


def _documents(arrays: Iterable[bytes]) -> HttpResponseBase:
    boundary = multipart.new_boundary()
    parts = (Part(content_type=DICOM_XML, chunks=[xml]) for xml in _xml(arrays))
    response = StreamingHttpResponse(
        multipart.body(parts, boundary), content_type=multipart.content_type(DICOM_XML, boundary)
    )
    response["Vary"] = "Accept"
    return response


def _xml(arrays: Iterable[bytes]) -> Iterator[bytes]:
    for array in arrays:
        for described in json.loads(array):
            yield document(described)


def _tag_of(study: Study, *asked: str) -> str:
    """Return the entity tag of metadata; "" while objects still come in."""
    if study.state != StudyState.RECEIVED:
        return ""
    state = (study.pk, study.settled_at, study.revised_at, study.number_of_instances)
    return entity_tag("metadata", *state, overlay_stamp(study), *asked)
