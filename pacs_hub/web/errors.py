"""Pages for what went wrong, in the frame; programs get JSON."""

from __future__ import annotations

from typing import Final, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render

from pacs_hub.access.doors import refuse_stranger
from pacs_hub.access.middleware import PrincipalRequest
from pacs_hub.kernel.errors import HubError, family_of
from pacs_hub.web.outcome import HTTP_STATUS

WORDS: Final[dict[int, tuple[str, str, str]]] = {
    400: ("bad-request", "That request makes no sense", "Go back and try it another way."),
    403: (
        "role-not-allowed",
        "Your role may not do this",
        "If your work needs it, ask an administrator to change your role.",
    ),
    404: (
        "not-found",
        "There is nothing here",
        "The address may be mistyped, or what it named is not yours to see.",
    ),
    409: ("conflict", "That is not possible any more", "Look again: it has changed meanwhile."),
    503: ("unavailable", "The hub cannot do this now", "Try again in a moment."),
    500: (
        "exception",
        "Something failed on our side",
        "Nothing you did is lost. It was written down; try again, and tell whoever runs the hub "
        "if it stays.",
    ),
}


def answer(request: HttpRequest, status: int, detail: str = "") -> HttpResponse:
    """Return the error as a page for people and as JSON for programs."""
    code, title, advice = WORDS[status]
    if "text/html" not in request.headers.get("Accept", ""):
        return JsonResponse({"code": code, "message": detail or title}, status=status)
    context = {"title": title, "advice": advice, "detail": detail, "status": status}
    if status == 500:  # the database may be what failed: no frame that asks it
        return HttpResponse(
            f"<!doctype html><title>{title}</title><h1>{title}</h1><p>{advice}</p>", status=500
        )
    return render(request, "web/error.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Answer 400."""
    return answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403, with the reason."""
    return answer(request, 403, str(exception))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Answer 404."""
    return answer(request, 404)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer 500 without a trace or a patient."""
    return answer(request, 500)


def anticipated(request: HttpRequest, error: HubError) -> HttpResponse:
    """Answer an error a service raised, by its family."""
    family = family_of(error)
    return answer(request, HTTP_STATUS[family] if family else 500, error.text)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:  # noqa: ARG001
    """Answer a form whose token is missing or stale; a program without a name is a stranger."""
    is_program = "text/html" not in request.headers.get("Accept", "")
    if is_program and cast(PrincipalRequest, request).principal is None:
        return refuse_stranger(request)
    return answer(request, 403, "The page was open too long. Go back, reload it and try again.")
