"""Error families as HTTP answers (PS3.18 8.5)."""

from __future__ import annotations

import functools
import logging
import uuid
from collections.abc import Callable
from typing import Any, Final

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from archive.keeping.queries import tombstone
from pacs_hub.access.doors import principal_of
from pacs_hub.kernel.errors import (
    Conflict,
    HubError,
    Malformed,
    Unavailable,
    Unknown,
    family_of,
)

logger = logging.getLogger(__name__)

View = Callable[..., HttpResponseBase]

STATUS_OF: Final[dict[type[HubError], int]] = {
    Malformed: 400,
    Unknown: 404,
    Conflict: 409,
    Unavailable: 503,
}
# Of a family, but with an answer of its own (PS3.18 table 8.5-1).
STATUS_OF_CODE: Final = {
    "not-acceptable": 406,
    "rejected": 410,
    "removed": 410,
    "too-large": 413,
    "bad-range": 416,
    "not-offered": 501,
}
RETRY_AFTER_SECONDS: Final = "10"


def answer(error: HubError, *, request_id: str = "") -> HttpResponse:
    """Return the answer an error means to a DICOMweb caller; `request_id` finds it in the log."""
    family = family_of(error) or Conflict
    status = STATUS_OF_CODE.get(error.error_code, STATUS_OF[family])
    body = {"code": error.error_code, "message": error.text}
    if request_id:
        body["requestId"] = request_id
    if error.field:
        body["field"] = error.field
    response = JsonResponse(body, status=status)
    if status == 503:
        response["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def told(view: View) -> View:
    """Let the view raise errors of the four families; they become answers.

    Whatever is answered is of a patient: nobody between us and the caller may keep it, and the
    caller asks again whether it still holds (RFC 9111 5.2.2).
    """

    @functools.wraps(view)
    def telling(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = answering(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except HubError as error:
            request_id = uuid.uuid4().hex
            error = _removed(error, request, kwargs.get("study"))
            facts = {"code": error.error_code, "request": request_id}
            logger.info("dicomweb.refused", extra=facts)
            return answer(error, request_id=request_id)
        except OperationalError:
            request_id = uuid.uuid4().hex
            logger.error("dicomweb.database.failed", extra={"request": request_id})
            away = Unavailable("the database cannot answer now; try again")
            return answer(away, request_id=request_id)

    return telling


def _removed(error: HubError, request: HttpRequest, study: object) -> HubError:
    """Return what says that the study was here, for those who might have seen it; else `error`."""
    if family_of(error) is not Unknown or not isinstance(study, str):
        return error
    if principal_of(request).sees_only_own or tombstone(study) is None:
        return error
    return Unknown("the study was removed by a rule of retention", code="removed")
