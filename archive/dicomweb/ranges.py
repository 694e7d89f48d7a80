"""Parts of a resource by byte range, for those who resume or skip (RFC 9110 14)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from pacs_hub.kernel.errors import Malformed

_ONE_RANGE: Final = re.compile(r"bytes=\s*(\d*)-(\d*)\s*")
_SMALL: Final = 1024 * 1024


class BadRange(Malformed):
    """The range begins behind the end of the resource."""

    code = "bad-range"


def bytes_answer(
    request: HttpRequest,
    *,
    length: int,
    blocks: Callable[[int, int], Iterable[bytes]],
    content_type: str,
    tag: str,
) -> HttpResponseBase:
    """Answer `length` bytes, or the one range of them that was asked for with 206.

    `blocks` is called with start and length. Several ranges at once, and what is no range, are
    passed over, as the RFC allows.

    Raises:
        BadRange: the range lies outside.
    """
    found = _range(request, length, tag)
    start, count = found or (0, length)
    chunks = blocks(start, count)
    response: HttpResponseBase
    if count <= _SMALL:  # known length, one write
        pieces = [*chunks]  # one of them as a rule: then nothing is copied
        content = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        response = HttpResponse(content, content_type=content_type)
    else:
        response = StreamingHttpResponse(chunks, content_type=content_type)
    response["Content-Length"] = str(count)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = tag
    if found is not None:
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{start + count - 1}/{length}"
    return response


def _range(request: HttpRequest, length: int, tag: str) -> tuple[int, int] | None:
    found = _ONE_RANGE.fullmatch(request.headers.get("Range", ""))
    if found is None or found.groups() == ("", ""):
        return None
    if request.headers.get("If-Range", tag) != tag:
        return None  # what the caller has the beginning of is not this
    first, last = found.groups()
    if not first:
        start, end = max(length - int(last), 0), length - 1
    else:
        start, end = int(first), min(int(last or length - 1), length - 1)
    if end < start:
        raise BadRange(f"the resource has {length} bytes", field="Range")
    return start, end - start + 1
