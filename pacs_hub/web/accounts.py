"""Sign in, choose a password, sign out."""

from __future__ import annotations

from typing import Any, Final

from django.contrib.auth import (
    authenticate,
    login,
    logout,
    password_validation,
    update_session_auth_hash,
)
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from pacs_hub.access import services
from pacs_hub.access.middleware import http_origin
from pacs_hub.access.models import User
from pacs_hub.kernel import clock

CHOOSE_PASSWORD_PATH: Final = "/password/"  # noqa: S105 - an address


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the sign-in page, or sign in."""
    after = _after(request)
    if request.user.is_authenticated and request.method != "POST":
        return redirect(after)
    context: dict[str, Any] = {"next": after, "name": ""}
    if request.method != "POST":
        return render(request, "web/sign_in.html", context)
    name = request.POST.get("username", "").strip()
    user = authenticate(request, username=name, password=request.POST.get("password", ""))
    if not isinstance(user, User):
        return _refuse(
            request, context | {"name": name}, "Wrong name or password.", "wrong-password"
        )
    until = user.one_time_password_until
    if until is not None and until <= clock.now():
        text = "This one-time password has run out. Ask whoever runs the hub for a new one."
        return _refuse(request, context | {"name": name}, text, "one-time-password-expired")
    login(request, user)
    if until is not None:
        return redirect(f"{CHOOSE_PASSWORD_PATH}?{urlencode({'next': after})}")
    return redirect(after)


def _refuse(request: HttpRequest, context: dict[str, Any], text: str, code: str) -> HttpResponse:
    """Say no, and write down that somebody tried; what they typed as a name is not kept."""
    services.record_refusal(
        door="http",
        caller="sign-in page",
        address=http_origin(request).address,
        asked_for="sign in",
        reason=text,
        code=code,
    )
    return render(request, "web/sign_in.html", context | {"error": text}, status=403)


@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def choose_password(request: HttpRequest) -> HttpResponse:
    """Let a signed-in person choose their own password."""
    user = request.user
    if not isinstance(user, User):
        return redirect("/login/")
    context: dict[str, Any] = {
        "next": _after(request),
        "rules": password_validation.password_validators_help_texts(),
    }
    if request.method == "POST":
        password = request.POST.get("password", "")
        errors = _objections(password, request.POST.get("again", ""), user)
        if not errors:
            changed = services.set_user(name=user.username, role=user.role, password=password)
            update_session_auth_hash(request, changed)
            return redirect(context["next"])
        context["errors"] = errors
    return render(request, "web/choose_password.html", context)


def _objections(password: str, again: str, user: User) -> list[str]:
    if password != again:
        return ["The two passwords differ."]
    try:
        password_validation.validate_password(password, user)
    except ValidationError as error:
        return list(error.messages)
    return []


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("/login/")


def _after(request: HttpRequest) -> str:
    """Return the page to go on to: one of ours, or home."""
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else "/"
