"""The short way of frames: the same view, without the middleware that pages need.

Viewers ask for frames all day, with a bearer token. Sessions, CSRF, messages, htmx and the table
of addresses took half of the processor time of such a request. Sessions of people, and every other
address, go the ordinary way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final, cast

from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from archive.dicomweb.cors import shared
from archive.dicomweb.frames import frames
from pacs_hub.access.middleware import PrincipalRequest, bearer_secret
from pacs_hub.access.queries import principal_of_token
from pacs_hub.kernel import clock

Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]

_FRAMES: Final = re.compile(
    r"/dicom-web/studies/(?P<study>[0-9.]+)/series/(?P<series>[0-9.]+)"
    r"/instances/(?P<instance>[0-9.]+)/frames/(?P<numbers>[0-9,]+)"
)
_view: Final = shared(frames)


def in_front_of(application: Application) -> Application:
    """Answer frames for bearer tokens here; let `application` answer all else."""
    answer = convert_exception_to_response(_answer)

    def answering(environ: Environ, start: Start) -> Iterable[bytes]:
        is_get, bearer = environ["REQUEST_METHOD"] == "GET", "HTTP_AUTHORIZATION" in environ
        if not (is_get and bearer and _FRAMES.fullmatch(environ["PATH_INFO"])):
            return application(environ, start)
        close_old_connections()  # those that broke; a fresh one is opened when it is needed
        response = cast(HttpResponseBase, answer(WSGIRequest(environ)))
        response["X-Content-Type-Options"] = "nosniff"
        start(f"{response.status_code} {response.reason_phrase}", [*response.items()])
        return cast(Iterable[bytes], response)

    return answering


def _answer(request: HttpRequest) -> HttpResponseBase:
    names = _FRAMES.fullmatch(request.path)
    secret = bearer_secret(request)
    principal = principal_of_token(secret, now=clock.now()) if secret else None
    cast(PrincipalRequest, request).principal = principal
    return _view(request, **(names.groupdict() if names else {}))
