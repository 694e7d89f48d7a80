"""Ask the permission table at a REST view."""

from __future__ import annotations

from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from pacs_hub.access import services
from pacs_hub.access.doors import action_of
from pacs_hub.access.permissions import Principal


class PrincipalAuthentication(BaseAuthentication):
    """Take the principal the middleware found; a session needs its CSRF token as on any page."""

    def authenticate(self, request: Request) -> tuple[Any, Principal] | None:
        """Return the user and the principal, or None for a stranger."""
        principal: Principal | None = getattr(request._request, "principal", None)
        return None if principal is None else (request._request.user, principal)

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - DRF's signature
        """Name the scheme of the 401 (RFC 6750 3)."""
        return 'Bearer realm="PACS hub"'


class RolePermission(BasePermission):
    """Allow a view whose `resource` the caller's role may read or write."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Ask the table; the view says its `resource`, and its `action_kind` where the method
        does not tell.
        """
        principal: Principal | None = getattr(request._request, "principal", None)
        if principal is None:
            raise NotAuthenticated
        wanted = getattr(view, "action_kind", None) or action_of(request._request)
        resource: str = view.resource  # type: ignore[attr-defined]
        if principal.may(wanted, resource):
            return True
        services.record_refusal(
            door="http",
            caller=f"{principal.name} ({principal.role})",
            address=request.META.get("REMOTE_ADDR", "") or "",
            asked_for=f"{wanted} {resource}",
            reason=f"the role {principal.role} may not {wanted} {resource}",
            code="role-not-allowed",
        )
        return False
