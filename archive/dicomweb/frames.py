"""WADO-RS: frames of an image (PS3.18 10.4.1.1.6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from archive.dicomweb import multipart
from archive.dicomweb.answers import base_url, entity_tag, not_modified, note, ranges_of
from archive.dicomweb.frame_list import frame_numbers
from archive.dicomweb.frame_types import FrameChoice, frame_choice
from archive.dicomweb.multipart import Part
from archive.dicomweb.negotiation import NotAcceptable
from archive.dicomweb.outcome import told
from archive.dicomweb.ranges import bytes_answer
from archive.retrieve import plan
from archive.retrieve.documents import is_video
from archive.retrieve.frame_coding import frame_in
from archive.retrieve.leaving import CannotTranscode
from archive.retrieve.pixels import NATIVE, PixelData, checked_numbers, locate
from archive.retrieve.plan import Target
from archive.storage.current import area
from archive.store.models import Instance
from pacs_hub.access.doors import principal_of, requires


@requires("images")
@require_safe
@told
def frames(
    request: HttpRequest, *, study: str, series: str, instance: str, numbers: str
) -> HttpResponseBase:
    """Answer frames as they are stored, or in another syntax for callers who want it so."""
    target = Target(study=study, series=series, instance=instance)
    row = plan.instance(target, principal=principal_of(request))
    return send_frames(request, row, frame_numbers(numbers))


def send_frames(request: HttpRequest, row: Instance, numbers: list[int] | None) -> HttpResponseBase:
    """Send these frames of the instance, or all of them.

    Raises:
        NotAcceptable: the caller wants what we neither have nor make.
        NoPixelData, NoSuchFrame, PixelDataBroken, CannotDecode: there is nothing to send.
    """
    if is_video(row):
        raise NotAcceptable("no frame can be cut out of a video; ask for rendered or bulk data")
    choice = choice_for(request, row)
    tag = entity_tag(row.sha256, numbers, choice.type, choice.transfer_syntax, choice.multipart)
    if not choice.multipart:
        tag = tag.removeprefix("W/")  # the very bytes, so that a range of them can be resumed
    if unchanged := not_modified(request, tag):
        return unchanged
    note(request, "view", study=row.study)
    file = area().open(row.storage_key)
    try:
        pixels = locate(file, transfer_syntax_uid=row.transfer_syntax_uid)
        wanted = checked_numbers(pixels, numbers)
        if not choice.multipart:
            return _alone(request, choice, pixels, wanted, tag)
        response = _together(request, row, choice, pixels, wanted)
    except BaseException:
        file.close()
        raise
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    return response


def choice_for(request: HttpRequest, row: Instance) -> FrameChoice:
    """Return how frames of this instance are sent to this caller.

    Raises:
        NotAcceptable: the caller wants what we neither have nor make.
    """
    native = row.transfer_syntax_uid in NATIVE
    return frame_choice(ranges_of(request), stored=row.transfer_syntax_uid, native=native)


def frame_parts(
    pixels: PixelData, choice: FrameChoice, numbers: list[int], place: str
) -> Iterator[Part]:
    """Yield frames as parts of a multipart body; each is read when its turn comes."""
    content_type = _content_type(choice)
    for number in numbers:
        content = _frame(pixels, number, choice)
        yield Part(content_type=content_type, chunks=[content], location=f"{place}{number}")


def _alone(
    request: HttpRequest, choice: FrameChoice, pixels: PixelData, wanted: list[int], tag: str
) -> HttpResponseBase:
    if len(wanted) != 1:
        raise NotAcceptable("several frames need multipart/related")
    with pixels.file:
        content = _frame(pixels, wanted[0], choice)
    return bytes_answer(
        request,
        length=len(content),
        blocks=lambda start, count: [content[start : start + count]],
        content_type=_content_type(choice),
        tag=tag,
    )


def _together(
    request: HttpRequest, row: Instance, choice: FrameChoice, pixels: PixelData, wanted: list[int]
) -> HttpResponseBase:
    place = (
        f"{base_url(request)}/studies/{row.study.study_instance_uid}"
        f"/series/{row.series.series_instance_uid}/instances/{row.sop_instance_uid}/frames/"
    )
    boundary = multipart.new_boundary()
    whole_type = multipart.content_type(choice.type, boundary, choice.transfer_syntax)
    parts = frame_parts(pixels, choice, wanted, place)
    first = next(parts)  # fails while an answer is still possible
    if len(wanted) == 1:  # known length, one write: what viewers ask for all day
        pixels.file.close()
        content = b"".join(multipart.body([first], boundary))
        return HttpResponse(content, content_type=whole_type)
    chain = _closing(pixels.file, first, parts)
    return StreamingHttpResponse(multipart.body(chain, boundary), content_type=whole_type)


def _content_type(choice: FrameChoice) -> str:
    return f"{choice.type}; transfer-syntax={choice.transfer_syntax}"


def _frame(pixels: PixelData, number: int, choice: FrameChoice) -> bytes:
    try:
        return frame_in(pixels, number, choice.transfer_syntax)
    except CannotTranscode as error:
        raise NotAcceptable(error.text) from error


def _closing(file: BinaryIO, first: Part, rest: Iterator[Part]) -> Iterator[Part]:
    with file:
        yield first
        yield from rest
