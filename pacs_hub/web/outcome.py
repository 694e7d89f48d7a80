"""Every failure as REST tells it: a status, a stable code, words, and the field."""

from __future__ import annotations

import logging
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from pacs_hub.kernel.errors import (
    Conflict,
    HubError,
    Malformed,
    Unavailable,
    Unknown,
    family_of,
)

logger = logging.getLogger(__name__)

HTTP_STATUS: Final[dict[type[HubError], int]] = {
    Malformed: 400,
    Unknown: 404,
    Conflict: 409,
    Unavailable: 503,
}
WORDS: Final[dict[str, tuple[str, str]]] = {
    "not_authenticated": ("not-signed-in", "sign in or send a token"),
    "authentication_failed": ("not-signed-in", "sign in or send a token"),
    "permission_denied": ("role-not-allowed", "your role may not do this"),
    "not_found": ("not-found", "there is no such thing here"),
    "method_not_allowed": ("method-not-allowed", ""),
    "parse_error": ("malformed", ""),
    "unsupported_media_type": ("unsupported-media-type", ""),
    "not_acceptable": ("not-acceptable", ""),
}


def rest_answer(error: Exception, context: dict[str, Any]) -> Response:
    """Turn any error of a REST view into its answer; what nobody anticipated is logged."""
    if isinstance(error, HubError):
        family = family_of(error)
        status = HTTP_STATUS[family] if family else 500
        return _body(status, error.error_code, error.text, error.field)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied(str(error) or None)
    if isinstance(error, exceptions.ValidationError):
        field, text = first_fault(error.detail)
        return _body(400, "wrong-value", text, field)
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    if isinstance(error, OperationalError):
        logger.error("rest.database.failed", extra={"view": _view(context)})
        return _body(503, "unavailable", "the database cannot answer now; try again", None)
    logger.error("rest.failed", extra={"view": _view(context)}, exc_info=error)
    return _body(500, "exception", "something failed on our side; it was written down", None)


def first_fault(detail: Any, field: str | None = None) -> tuple[str | None, str]:
    """Return the first wrong field of a validation error, and what is wrong with it."""
    if isinstance(detail, dict):
        name, inner = next(iter(detail.items()))
        inside = field if name == "non_field_errors" else name if not field else f"{field}.{name}"
        return first_fault(inner, inside)
    if isinstance(detail, list):
        return first_fault(detail[0], field) if detail else (field, "is wrong")
    return field, str(detail)


def _of_framework(error: exceptions.APIException) -> Response:
    code = str(getattr(error, "default_code", "error"))
    ours, words = WORDS.get(code, (code.replace("_", "-"), ""))
    response = _body(error.status_code, ours, words or str(error.detail), None)
    if header := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = header
    return response


def _body(status: int, code: str, message: str, field: str | None) -> Response:
    return Response({"code": code, "message": message, "field": field}, status=status)


def _view(context: dict[str, Any]) -> str:
    return type(context.get("view")).__name__
