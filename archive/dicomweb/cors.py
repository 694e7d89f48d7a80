"""Web pages of other sites that may ask, where a setting names them (Fetch standard 3.2)."""

from __future__ import annotations

import functools
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

from archive.dicomweb.outcome import View

METHODS: Final = "GET, HEAD, POST, PUT, DELETE, OPTIONS"
ALLOWED: Final = "Authorization, Accept, Content-Type, If-None-Match, Range"
EXPOSED: Final = "Content-Location, Content-Range, ETag, Link, Location, Retry-After, Warning"
PREFLIGHT_SECONDS: Final = "600"


def shared(view: View, *, options: View | None = None) -> View:
    """Tell browsers which sites may use what `view` answers; OPTIONS asks nobody to sign in.

    Cookies are never for other sites: their pages send a bearer token. `options` answers OPTIONS
    where there is more to say than which methods there are.
    """

    @functools.wraps(view)
    def sharing(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "OPTIONS":
            response = view(request, *args, **kwargs)
        elif options is not None:
            response = options(request)
        else:
            response = HttpResponse(status=204, headers={"Allow": METHODS})
        _allow(request, response)
        return response

    return sharing


def _allow(request: HttpRequest, response: HttpResponseBase) -> None:
    allowed: tuple[str, ...] = settings.HUB_CORS_ORIGINS
    if not allowed:
        return
    patch_vary_headers(response, ["Origin"])
    origin = request.headers.get("Origin", "")
    if not origin or not ("*" in allowed or origin in allowed):
        return
    response["Access-Control-Allow-Origin"] = origin
    response["Access-Control-Expose-Headers"] = EXPOSED
    if request.method == "OPTIONS":
        response["Access-Control-Allow-Methods"] = METHODS
        response["Access-Control-Allow-Headers"] = ALLOWED
        response["Access-Control-Max-Age"] = PREFLIGHT_SECONDS
