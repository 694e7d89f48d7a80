"""STOW-RS: objects in over HTTP (PS3.18 10.5)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST

from archive.dicom import xml_model
from archive.dicomweb.accept import Accepted
from archive.dicomweb.answers import base_url, json_answer, ranges_of, warn
from archive.dicomweb.media_type import MediaType, media_type
from archive.dicomweb.negotiation import DICOM, JSON_TYPES
from archive.dicomweb.outcome import RETRY_AFTER_SECONDS, answer, told
from archive.dicomweb.stow_body import ReceivedPart, lone_part, parts, pieces
from archive.dicomweb.stow_metadata import MetadataForm
from archive.dicomweb.stow_outcome import (
    UNKNOWN_TYPE,
    Outcome,
    result_document,
    status_of,
    warnings_of,
)
from archive.dicomweb.stow_store import Store
from archive.storage.current import area
from archive.storage.layout import checked_uid
from pacs_hub.access.doors import principal_of, requires
from pacs_hub.access.middleware import http_origin
from pacs_hub.access.queries import site
from pacs_hub.audit import services as audit
from pacs_hub.kernel.errors import Malformed

MULTIPART: Final = "multipart/related"
METADATA_TYPES: Final = (*JSON_TYPES, xml_model.MEDIA_TYPE)
TAKEN: Final = (DICOM, *METADATA_TYPES)


class UnsupportedType(Malformed):
    """A body or a part of a type that is not taken."""

    code = UNKNOWN_TYPE


@requires("images", "write")
@require_POST
@told
def store(request: HttpRequest, *, study: str = "") -> HttpResponseBase:
    """Take the objects of a body in, each as soon as it is complete."""
    if study:
        checked_uid(study, field="StudyInstanceUID")
    kind = media_type(request.headers.get("Content-Type", ""))
    answer_type = _answer_type(ranges_of(request))
    taker = Store(
        area=area(),
        origin=http_origin(request),
        default_issuer=site().default_issuer,
        study=study,
    )
    try:
        outcomes = list(_outcomes(_received(request, kind, taker), taker))
    except UnsupportedType as error:
        refusal = answer(error)
        refusal.status_code = 415
        return refusal
    _note(request, outcomes)
    return _answer(request, outcomes, answer_type)


def _received(request: HttpRequest, kind: MediaType, taker: Store) -> Iterable[ReceivedPart]:
    """Return the parts of the body.

    Raises:
        UnsupportedType: it holds nothing that is taken.
        BadMultipart: it has no boundary.
    """
    inner = MediaType(kind.parameters.get("type", "").lower(), {})
    is_multipart = kind.name == MULTIPART
    if (inner.name or DICOM if is_multipart else kind.name) not in TAKEN:
        raise UnsupportedType(f'we take {MULTIPART}; type="..." of {", ".join(TAKEN)}')
    if is_multipart:
        boundary = kind.parameters.get("boundary", "")
        return parts(pieces(request), boundary=boundary, default=inner, open_sink=taker.open_sink)
    return [lone_part(pieces(request), kind=kind, open_sink=taker.open_sink)]


def _outcomes(received: Iterable[ReceivedPart], taker: Store) -> Iterator[Outcome]:
    form = MetadataForm(taker)
    try:
        for part in received:
            if part.error is not None or part.sink is None:
                yield Outcome(error=part.error)
            elif part.type.name in {DICOM, ""} and not form.is_begun:
                yield taker.take(part.sink)
            elif part.type.name in METADATA_TYPES:
                if (outcome := form.add_metadata(part)) is not None:
                    yield outcome
            elif not form.add_bulk(part):
                part.sink.discard()
                yield Outcome(error=UnsupportedType("a part has a type that is not taken"))
        yield from form.outcomes()
    finally:
        form.discard()


def _answer_type(ranges: Iterable[Accepted]) -> str:
    """Return how to tell the result; JSON also to those who accept neither way."""
    for found in ranges:
        for offered in (*JSON_TYPES, xml_model.MEDIA_TYPE):
            if found.covers(offered):
                return offered
    return JSON_TYPES[0]


def _answer(request: HttpRequest, outcomes: list[Outcome], answer_type: str) -> HttpResponse:
    document = result_document(outcomes, base_url=base_url(request))
    if answer_type == xml_model.MEDIA_TYPE:
        response = HttpResponse(xml_model.document(document), content_type=answer_type)
    else:
        content = json.dumps(document, separators=(",", ":")).encode()
        response = json_answer(request, content, media_type=answer_type)
    response.status_code = status_of(outcomes)
    if response.status_code == 503:
        response["Retry-After"] = RETRY_AFTER_SECONDS
    return warn(response, warnings_of(outcomes))


def _note(request: HttpRequest, outcomes: list[Outcome]) -> None:
    """Write one audit row for each study that objects were stored in."""
    counts: dict[str, int] = {}
    for outcome in outcomes:
        if outcome.error is None:
            counts[outcome.study_instance_uid] = counts.get(outcome.study_instance_uid, 0) + 1
    for study, count in counts.items():
        audit.record(
            action="update",
            object_type="study",
            object_id=study,
            origin=http_origin(request),
            role=principal_of(request).role,
            detail=f"{count} objects stored over STOW-RS",
        )
