"""WADO-RS: metadata and whole objects (PS3.18 10.4.1.1.1, 10.4.1.1.2)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

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
from archive.dicomweb.negotiation import (
    ANY_SYNTAX,
    DICOM,
    EXPLICIT_LITTLE_ENDIAN,
    Choice,
    NotAcceptable,
    instance_choice,
    json_type,
)
from archive.dicomweb.outcome import told
from archive.retrieve import metadata as made
from archive.retrieve import plan
from archive.retrieve.plan import Target
from archive.retrieve.streaming import blocks
from archive.retrieve.transcoding import (
    CannotDecode,
    as_explicit,
    is_sent_as_stored,
    may_leave_as_stored,
)
from archive.storage.current import area
from archive.store.models import Instance, Study, StudyState
from pacs_hub.access.doors import principal_of, requires


@requires("images")
@require_safe
@told
def metadata(
    request: HttpRequest, *, study: str, series: str = "", instance: str = ""
) -> HttpResponseBase:
    """Answer the metadata of a study, a series or an instance."""
    media_type = json_type(ranges_of(request))
    target = Target(study=study, series=series, instance=instance)
    principal, base = principal_of(request), base_url(request)
    if instance:
        row = plan.instance(target, principal=principal)
        note(request, "view", study=row.study)
        content = made.instance_metadata([row], area=area(), base_url=base)
        return json_answer(request, content, media_type=media_type)
    rows = plan.series_of(target, principal=principal)
    tag = _tag_of(rows[0].study, study, series, base)
    if tag and (unchanged := not_modified(request, tag)):
        return unchanged
    note(request, "view", study=rows[0].study)
    arrays = [made.series_metadata(each, area=area(), base_url=base) for each in rows]
    content = arrays[0]
    if len(arrays) > 1:
        content = b"[" + b",".join(array[1:-1] for array in arrays if array != b"[]") + b"]"
    response = json_answer(request, content, media_type=media_type)
    if tag:
        response["ETag"] = tag
    return response


@requires("images")
@require_safe
@told
def retrieve(
    request: HttpRequest, *, study: str, series: str = "", instance: str = ""
) -> HttpResponseBase:
    """Answer whole objects, streamed from disk one after the other."""
    target = Target(study=study, series=series, instance=instance)
    rows = plan.instances(target, principal=principal_of(request))
    choice = instance_choice(ranges_of(request), alone=bool(instance))
    base = base_url(request)
    for row in rows:
        _check(row, choice)
    note(request, "export", study=rows[0].study)
    parts = (_part(row, choice, base) for row in rows)
    first = next(parts)  # what fails with the first object is still an answer of its own
    if not choice.multipart:
        response = StreamingHttpResponse(first.chunks, content_type=first.content_type)
        response["Content-Location"] = first.location
        return response
    boundary = multipart.new_boundary()
    return StreamingHttpResponse(
        multipart.body(itertools.chain([first], parts), boundary),
        content_type=multipart.content_type(DICOM, boundary),
    )


def _tag_of(study: Study, *asked: str) -> str:
    """Return the entity tag of metadata; "" while objects still come in."""
    if study.state != StudyState.RECEIVED:
        return ""
    return entity_tag("metadata", study.pk, study.settled_at, study.number_of_instances, *asked)


def _check(row: Instance, choice: Choice) -> None:
    """Refuse a syntax the object neither has nor is put into."""
    wanted = {ANY_SYNTAX, EXPLICIT_LITTLE_ENDIAN, row.transfer_syntax_uid}
    if choice.transfer_syntax not in wanted:
        raise NotAcceptable(f"we do not put objects into {choice.transfer_syntax}")


def _part(row: Instance, choice: Choice, base: str) -> Part:
    syntax, chunks = sent(row, choice)
    location = (
        f"{base}/studies/{row.study.study_instance_uid}"
        f"/series/{row.series.series_instance_uid}/instances/{row.sop_instance_uid}"
    )
    return Part(content_type=f"{DICOM}; transfer-syntax={syntax}", chunks=chunks, location=location)


def sent(row: Instance, choice: Choice) -> tuple[str, Iterator[bytes]]:
    """Return the syntax an object leaves in, and its bytes."""
    file = area().open(row.storage_key)
    stored = row.transfer_syntax_uid
    as_stored = may_leave_as_stored(stored) and (
        choice.transfer_syntax in {ANY_SYNTAX, stored} or is_sent_as_stored(stored)
    )
    if not as_stored:
        try:
            plain = as_explicit(file, transfer_syntax_uid=stored)
        except CannotDecode:  # better the object as it is than none
            return stored, blocks(file)
        file.close()
        return EXPLICIT_LITTLE_ENDIAN, blocks(plain)
    return stored, blocks(file)
