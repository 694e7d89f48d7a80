"""WADO-RS: frames of an image (PS3.18 10.4.1.1.6)."""

from __future__ import annotations

from typing import BinaryIO

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from archive.dicomweb.answers import entity_tag, not_modified, note, ranges_of
from archive.dicomweb.frame_answers import frame_of, many, one
from archive.dicomweb.frame_list import frame_numbers
from archive.dicomweb.frame_types import FrameChoice, frame_choice
from archive.dicomweb.negotiation import EXPLICIT_LITTLE_ENDIAN, NotAcceptable
from archive.dicomweb.outcome import told
from archive.retrieve.documents import VIDEO_PREFIX
from archive.retrieve.frame_source import FrameSource, located, only_frame, source
from archive.retrieve.pixels import checked_numbers
from archive.retrieve.plan import Target
from archive.storage.current import area
from pacs_hub.access.doors import principal_of, requires


@requires("images")
@require_safe
@told
def frames(
    request: HttpRequest, *, study: str, series: str, instance: str, numbers: str
) -> HttpResponseBase:
    """Answer frames as they are stored, or in another syntax for callers who want it so."""
    target = Target(study=study, series=series, instance=instance)
    found = source(target, principal=principal_of(request))
    return send_frames(request, found, frame_numbers(numbers))


def send_frames(
    request: HttpRequest, found: FrameSource, numbers: list[int] | None
) -> HttpResponseBase:
    """Send these frames of the instance, or all of them.

    Raises:
        NotAcceptable: the caller wants what we neither have nor make.
        NoPixelData, NoSuchFrame, PixelDataBroken, CannotDecode: there is nothing to send.
    """
    choice = choice_for(request, found)
    tag = entity_tag(found.sha256, numbers, choice.type, choice.transfer_syntax, choice.multipart)
    if not choice.multipart:
        tag = tag.removeprefix("W/")  # the very bytes, so that a range of them can be resumed
    if unchanged := not_modified(request, tag):
        return unchanged
    note(request, "view", study=found)
    file = area().open(found.storage_key)
    try:
        response = _answer(request, found, choice, numbers, file, tag)
    except BaseException:
        file.close()
        raise
    response["ETag"] = tag
    return response


def _answer(
    request: HttpRequest,
    found: FrameSource,
    choice: FrameChoice,
    numbers: list[int] | None,
    file: BinaryIO,
    tag: str,
) -> HttpResponseBase:
    own = EXPLICIT_LITTLE_ENDIAN if found.is_native else found.transfer_syntax_uid
    if numbers == [1] and choice.transfer_syntax == own:
        content = only_frame(file, found)
        if content is not None:
            file.close()
            return one(request, found, choice, 1, content, tag)
    pixels = located(file, found)
    wanted = checked_numbers(pixels, numbers)
    if len(wanted) == 1:  # known length, one write
        with pixels.file:
            content = frame_of(pixels, wanted[0], choice)
        return one(request, found, choice, wanted[0], content, tag)
    if not choice.multipart:
        raise NotAcceptable("several frames need multipart/related")
    return many(request, found, choice, pixels, wanted)


def choice_for(request: HttpRequest, found: FrameSource) -> FrameChoice:
    """Return how frames of this instance are sent to this caller.

    Raises:
        NotAcceptable: the caller wants what we neither have nor make.
    """
    stored = found.transfer_syntax_uid
    if stored.startswith(VIDEO_PREFIX):
        raise NotAcceptable("no frame can be cut out of a video; ask for rendered or bulk data")
    return frame_choice(ranges_of(request), stored=stored, native=found.is_native)
