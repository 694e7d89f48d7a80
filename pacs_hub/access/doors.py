"""Ask the permission table at a plain Django view."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final, cast
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect

from pacs_hub.access import services
from pacs_hub.access.middleware import PrincipalRequest
from pacs_hub.access.permissions import Action, Principal

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
View = Callable[..., HttpResponseBase]


def action_of(request: HttpRequest) -> Action:
    """Return "read" for a safe method (RFC 9110 9.2.1), else "write"."""
    return "read" if request.method in SAFE_METHODS else "write"


def principal_of(request: HttpRequest) -> Principal:
    """Return who is asking; only behind `requires`, which lets no stranger in."""
    principal = cast(PrincipalRequest, request).principal
    if principal is None:
        raise PermissionError("a view without a permission was reached by a stranger")
    return principal


def refuse_stranger(request: HttpRequest) -> HttpResponseBase:
    """Send a browser to the sign-in page and answer anything else 401 (RFC 9110 15.5.2)."""
    if "text/html" in request.headers.get("Accept", "") and request.method in SAFE_METHODS:
        return redirect(f"{settings.LOGIN_URL}?next={quote(request.get_full_path())}")
    response = JsonResponse({"code": "not-signed-in", "message": "sign in or send a token"})
    response.status_code = 401
    response["WWW-Authenticate"] = 'Bearer realm="PACS hub"'
    return response


def refuse_role(request: HttpRequest, principal: Principal, asked_for: str) -> HttpResponseBase:
    """Answer 403 and write the refusal down for the connections page."""
    services.record_refusal(
        door="http",
        caller=f"{principal.name} ({principal.role})",
        address=request.META.get("REMOTE_ADDR", "") or "",
        asked_for=asked_for,
        reason=f"the role {principal.role} may not {asked_for}",
        code="role-not-allowed",
    )
    message = f"the role {principal.role} may not {asked_for}"
    if "text/html" in request.headers.get("Accept", ""):
        raise PermissionDenied(message)  # the frame has a page for it
    return JsonResponse({"code": "role-not-allowed", "message": message}, status=403)


def requires(resource: str, action: Action | None = None) -> Callable[[View], View]:
    """Let only a principal in whose role may `action` (default: by method) the `resource`."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            principal = cast(PrincipalRequest, request).principal
            if principal is None:
                return refuse_stranger(request)
            wanted = action or action_of(request)
            if not principal.may(wanted, resource):
                return refuse_role(request, principal, f"{wanted} {resource}")
            return view(request, *args, **kwargs)

        guarded.required_resource = resource  # type: ignore[attr-defined]
        return guarded

    return decorate
