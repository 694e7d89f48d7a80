"""Frames as bodies: one alone, one in a part of its own, several streamed (PS3.18 8.6.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from archive.dicomweb import multipart
from archive.dicomweb.answers import base_url
from archive.dicomweb.frame_types import FrameChoice
from archive.dicomweb.multipart import Part
from archive.dicomweb.negotiation import NotAcceptable
from archive.dicomweb.ranges import bytes_answer
from archive.retrieve.frame_coding import frame_in
from archive.retrieve.frame_source import FrameSource
from archive.retrieve.leaving import CannotTranscode
from archive.retrieve.pixels import PixelData

COPIED_BELOW_BYTES: Final = 64 * 1024


def frame_parts(
    pixels: PixelData, choice: FrameChoice, numbers: Sequence[int], place: str
) -> Iterator[Part]:
    """Yield frames as parts of a multipart body; each is read when its turn comes."""
    content_type = _content_type(choice)
    for number in numbers:
        content = frame_of(pixels, number, choice)
        yield Part(content_type=content_type, chunks=[content], location=f"{place}{number}")


def place_of(request: HttpRequest, found: FrameSource) -> str:
    """Return the address of the instance."""
    return (
        f"{base_url(request)}/studies/{found.study_instance_uid}"
        f"/series/{found.series_instance_uid}/instances/{found.sop_instance_uid}"
    )


def one(
    request: HttpRequest,
    found: FrameSource,
    choice: FrameChoice,
    number: int,
    content: bytes,
    tag: str,
) -> HttpResponseBase:
    """Answer one frame, its length known; a large one is not copied to stand between its ends."""
    content_type = _content_type(choice)
    if not choice.multipart:
        return bytes_answer(
            request,
            length=len(content),
            blocks=lambda start, count: [content[start : start + count]],
            content_type=content_type,
            tag=tag,
        )
    location = f"{place_of(request, found)}/frames/{number}"
    part = Part(content_type=content_type, chunks=[content], location=location)
    boundary = multipart.new_boundary()
    whole_type = multipart.content_type(choice.type, boundary, choice.transfer_syntax)
    pieces = [*multipart.body([part], boundary)]
    if len(content) < COPIED_BELOW_BYTES:
        return HttpResponse(b"".join(pieces), content_type=whole_type)
    response = StreamingHttpResponse(iter(pieces), content_type=whole_type)
    response["Content-Length"] = str(sum(map(len, pieces)))
    return response


def many(
    request: HttpRequest,
    found: FrameSource,
    choice: FrameChoice,
    pixels: PixelData,
    wanted: Sequence[int],
) -> HttpResponseBase:
    """Answer several frames, streamed."""
    boundary = multipart.new_boundary()
    whole_type = multipart.content_type(choice.type, boundary, choice.transfer_syntax)
    parts = frame_parts(pixels, choice, wanted, f"{place_of(request, found)}/frames/")
    first = next(parts)  # fails while an answer is still possible
    chain = _closing(pixels.file, first, parts)
    return StreamingHttpResponse(multipart.body(chain, boundary), content_type=whole_type)


def _content_type(choice: FrameChoice) -> str:
    return f"{choice.type}; transfer-syntax={choice.transfer_syntax}"


def frame_of(pixels: PixelData, number: int, choice: FrameChoice) -> bytes:
    """Return the bytes of a frame as they were chosen.

    Raises:
        NotAcceptable: the frame cannot be put into that syntax.
    """
    try:
        return frame_in(pixels, number, choice.transfer_syntax)
    except CannotTranscode as error:
        raise NotAcceptable(error.text) from error


def _closing(file: BinaryIO, first: Part, rest: Iterator[Part]) -> Iterator[Part]:
    with file:
        yield first
        yield from rest
