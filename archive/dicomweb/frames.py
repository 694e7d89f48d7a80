"""WADO-RS: frames of an image (PS3.18 10.4.1.1.6)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from archive.dicomweb import multipart
from archive.dicomweb.answers import base_url, entity_tag, not_modified, ranges_of
from archive.dicomweb.multipart import Part
from archive.dicomweb.negotiation import Choice, NotAcceptable, frame_choice
from archive.dicomweb.outcome import told
from archive.retrieve import plan
from archive.retrieve.decoding import decoded_bytes
from archive.retrieve.pixels import NATIVE, PixelData, checked_numbers, frame, locate
from archive.retrieve.plan import Target
from archive.storage.current import area
from archive.store.models import Instance
from pacs_hub.access.doors import principal_of, requires
from pacs_hub.kernel.errors import Malformed

MOST_FRAMES: Final = 10_000
_NUMBERS: Final = re.compile(r"[1-9][0-9]{0,6}(,[1-9][0-9]{0,6})*")


class BadFrameList(Malformed):
    """Not a list of frame numbers."""

    code = "bad-frame-list"


def frame_numbers(text: str) -> list[int]:
    """Read `1,3,2`: numbers from 1, the order kept.

    Raises:
        BadFrameList: it is something else, or too long.
    """
    if not _NUMBERS.fullmatch(text):
        raise BadFrameList("frames are numbers from 1, parted by commas")
    numbers = [int(part) for part in text.split(",")]
    if len(numbers) > MOST_FRAMES:
        raise BadFrameList(f"at most {MOST_FRAMES} frames are sent at once")
    return numbers


@requires("images")
@require_safe
@told
def frames(
    request: HttpRequest, *, study: str, series: str, instance: str, numbers: str
) -> HttpResponseBase:
    """Answer frames as they are stored, or decoded for callers who want it so."""
    target = Target(study=study, series=series, instance=instance)
    row = plan.instance(target, principal=principal_of(request))
    return send_frames(request, row, frame_numbers(numbers))


def send_frames(request: HttpRequest, row: Instance, numbers: list[int] | None) -> HttpResponseBase:
    """Send these frames of the instance, or all of them.

    Raises:
        NotAcceptable: the caller wants what we neither have nor make.
        NoPixelData, NoSuchFrame, PixelDataBroken, CannotDecode: there is nothing to send.
    """
    native = row.transfer_syntax_uid in NATIVE
    choice = frame_choice(ranges_of(request), stored=row.transfer_syntax_uid, native=native)
    tag = entity_tag(row.sha256, numbers, choice.type, choice.transfer_syntax, choice.multipart)
    if unchanged := not_modified(request, tag):
        return unchanged
    file = area().open(row.storage_key)
    try:
        pixels = locate(file, transfer_syntax_uid=row.transfer_syntax_uid)
        wanted = checked_numbers(pixels, numbers)
        response = _answer(request, row, choice, pixels, wanted, file)
    except BaseException:
        file.close()
        raise
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    return response


def _answer(
    request: HttpRequest,
    row: Instance,
    choice: Choice,
    pixels: PixelData,
    wanted: list[int],
    file: BinaryIO,
) -> HttpResponseBase:
    content_type = f"{choice.type}; transfer-syntax={choice.transfer_syntax}"
    as_stored = pixels.is_native or choice.transfer_syntax == row.transfer_syntax_uid
    if not choice.multipart:
        if len(wanted) != 1:
            raise NotAcceptable("several frames need multipart/related")
        content = _frame(pixels, wanted[0], as_stored)
        file.close()
        return HttpResponse(content, content_type=content_type)
    place = (
        f"{base_url(request)}/studies/{row.study.study_instance_uid}"
        f"/series/{row.series.series_instance_uid}/instances/{row.sop_instance_uid}/frames/"
    )
    first = _frame(pixels, wanted[0], as_stored)  # fails while an answer is still possible
    contents = _closing(file, _rest(first, pixels, wanted[1:], as_stored))
    parts = (
        Part(content_type=content_type, chunks=[content], location=f"{place}{number}")
        for number, content in zip(wanted, contents, strict=True)
    )
    boundary = multipart.new_boundary()
    body: Iterable[bytes] = multipart.body(parts, boundary)
    whole_type = multipart.content_type(choice.type, boundary, choice.transfer_syntax)
    if len(wanted) == 1:  # known length, one write: what viewers ask for all day
        return HttpResponse(b"".join(body), content_type=whole_type)
    return StreamingHttpResponse(body, content_type=whole_type)


def _frame(pixels: PixelData, number: int, as_stored: bool) -> bytes:
    return frame(pixels, number) if as_stored else decoded_bytes(pixels.file, number)


def _rest(first: bytes, pixels: PixelData, numbers: list[int], as_stored: bool) -> Iterator[bytes]:
    yield first
    for number in numbers:
        yield _frame(pixels, number, as_stored)


def _closing(file: BinaryIO, contents: Iterator[bytes]) -> Iterator[bytes]:
    with file:
        yield from contents
