"""Error families as HTTP answers (PS3.18 8.5)."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any, Final

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from archive.dicomweb.negotiation import NotAcceptable
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
RETRY_AFTER_SECONDS: Final = "10"


def answer(error: HubError) -> HttpResponse:
    """Return the answer an error means to a DICOMweb caller."""
    family = family_of(error) or Conflict
    status = 406 if isinstance(error, NotAcceptable) else STATUS_OF[family]
    body = {"code": error.error_code, "message": error.text}
    if error.field:
        body["field"] = error.field
    response = JsonResponse(body, status=status)
    if status == 503:
        response["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def told(view: View) -> View:
    """Let the view raise errors of the four families; they become answers."""

    @functools.wraps(view)
    def telling(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except HubError as error:
            logger.info("dicomweb.refused", extra={"code": error.error_code})
            return answer(error)
        except OperationalError:
            logger.error("dicomweb.database.failed")
            return answer(Unavailable("the database cannot answer now; try again"))

    return telling
