"""Say who is asking, once, at the start of each HTTP request."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponseBase

from pacs_hub.access import queries
from pacs_hub.access.models import User
from pacs_hub.access.permissions import Principal
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin


class PrincipalRequest(HttpRequest):
    """A request after the middleware: `principal` is None for a stranger."""

    principal: Principal | None


def principal_of_user(user: User) -> Principal:
    """Return the principal a signed-in user is."""
    return Principal(name=user.username, role=user.role, provider_id=user.provider_id)


def bearer_secret(request: HttpRequest) -> str | None:
    """Return the token of `Authorization: Bearer ...` (RFC 6750 2.1), or None."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" and secret.strip() else None


def http_origin(request: HttpRequest) -> Origin:
    """Return the origin of what this request changes or sees."""
    principal = cast(PrincipalRequest, request).principal
    return Origin.over_http(
        user=principal.name if principal else "anonymous",
        address=request.META.get("REMOTE_ADDR", "") or "",
    )


class PrincipalMiddleware:
    """Set `request.principal` from the bearer token, else from the session.

    A token that is present but not valid never falls back to the session.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        secret = bearer_secret(request)
        principal: Principal | None = None
        if secret is not None:
            principal = queries.principal_of_token(secret, now=clock.now())
            # a bearer request carries no cookie authority, so CSRF has nothing to protect
            request._dont_enforce_csrf_checks = principal is not None  # type: ignore[attr-defined]
        elif request.user.is_authenticated:
            principal = principal_of_user(request.user)
        cast(PrincipalRequest, request).principal = principal
        return self._get_response(request)
