"""Ask the permission table at a REST view."""

from __future__ import annotations

from typing import Any, Final

from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from pacs_hub.access import services
from pacs_hub.access.doors import action_of
from pacs_hub.access.doors import principal_of as principal_of_request
from pacs_hub.access.middleware import bearer_secret, http_origin
from pacs_hub.access.permissions import Principal
from pacs_hub.audit import services as audit
from pacs_hub.kernel.origin import Origin

LARGEST_ID: Final = 2**63 - 1
"""What a row's id can be; a larger number from outside names nothing."""


class PrincipalAuthentication(SessionAuthentication):
    """Take the principal the middleware found; a session needs its CSRF token as on any page."""

    def authenticate(self, request: Request) -> tuple[Any, Principal] | None:
        """Return the user and the principal, or None for a stranger."""
        principal: Principal | None = getattr(request._request, "principal", None)
        if principal is None:
            return None
        if bearer_secret(request._request) is None:
            self.enforce_csrf(request)  # REST views are exempt from the middleware's check
        return request._request.user, principal

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - DRF's signature
        """Name the scheme of the 401 (RFC 6750 3)."""
        return 'Bearer realm="PACS hub"'


class RolePermission(BasePermission):
    """Allow a view whose `resource` the caller's role may read or write."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Ask the table; the view says its `resource`, and its `action_kind` where the method
        does not tell.
        """
        principal: Principal | None = getattr(request._request, "principal", None)
        if principal is None:
            raise NotAuthenticated
        wanted = getattr(view, "action_kind", None) or action_of(request._request)
        resource: str = view.resource
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


def principal_of(request: Request) -> Principal:
    """Return who is asking; only behind `RolePermission`."""
    return principal_of_request(request._request)


def origin_of(request: Request) -> Origin:
    """Return the origin of what this request changes or sees."""
    return http_origin(request._request)


def asked_for(request: Request) -> dict[str, str]:
    """Return the query string's values; an empty one asks for nothing."""
    return {name: str(value) for name, value in request.query_params.items() if value}


def audit_search(request: Request, *, object_type: str, detail: str = "") -> None:
    """Write down that a list of patient data was seen: one row, however long the list."""
    audit.record(
        action="query",
        object_type=object_type,
        object_id="",
        origin=origin_of(request),
        role=principal_of(request).role,
        detail=detail,
    )


def audit_view(
    request: Request, *, object_type: str, object_id: str | int, patient_id: int | None
) -> None:
    """Write down that one thing of a patient was seen."""
    audit.record(
        action="view",
        object_type=object_type,
        object_id=object_id,
        origin=origin_of(request),
        role=principal_of(request).role,
        patient_id=patient_id,
    )


def audit_change(
    request: Request, *, object_type: str, object_id: str | int, patient_id: int | None, detail: str
) -> None:
    """Write down that one thing of a patient was changed."""
    audit.record(
        action="update",
        object_type=object_type,
        object_id=object_id,
        origin=origin_of(request),
        role=principal_of(request).role,
        patient_id=patient_id,
        detail=detail,
    )
