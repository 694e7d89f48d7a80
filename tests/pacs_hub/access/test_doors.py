"""Every plain view asks the table: strangers sign in, other roles are refused and written down."""

from __future__ import annotations

from typing import cast

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from pacs_hub.access.doors import principal_of, requires
from pacs_hub.access.middleware import PrincipalMiddleware, PrincipalRequest
from pacs_hub.access.models import RefusedCaller, User
from pacs_hub.access.services import issue_token, set_user

pytestmark = pytest.mark.django_db


@requires("charges")
def view(request: HttpRequest) -> HttpResponse:
    return HttpResponse(principal_of(request).name)


def ask(request: HttpRequest, *, user: User | None = None) -> HttpResponse:
    request.user = user or AnonymousUser()
    return cast(HttpResponse, PrincipalMiddleware(view)(request))


def bearer(role: str) -> dict[str, str]:
    return {"authorization": f"Bearer {issue_token(name='m', role=role)}"}


def test_a_token_of_the_right_role_passes() -> None:
    answer = ask(RequestFactory().get("/x", headers=bearer("billing")))
    assert (answer.status_code, answer.content) == (200, b"m")


def test_a_machine_without_token_gets_401_and_is_told_how() -> None:
    answer = ask(RequestFactory().get("/x"))
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_browser_without_session_is_sent_to_sign_in_and_back() -> None:
    answer = ask(RequestFactory().get("/x?a=1", headers={"accept": "text/html"}))
    assert answer.status_code == 302
    assert answer["Location"].endswith("/login/?next=/x%3Fa%3D1")


def test_another_role_gets_403_and_a_card() -> None:
    answer = ask(RequestFactory().get("/x", headers=bearer("technologist")))
    assert answer.status_code == 403
    card = RefusedCaller.objects.get()
    assert (card.code, card.asked_for) == ("role-not-allowed", "read charges")


def test_reading_and_writing_are_asked_apart() -> None:
    headers = bearer("integrator")
    assert ask(RequestFactory().get("/x", headers=headers)).status_code == 200
    assert ask(RequestFactory().post("/x", headers=headers)).status_code == 403


def test_a_bad_token_never_falls_back_to_the_session() -> None:
    user = set_user(name="amy", role="billing", password="secret-secret")
    request = RequestFactory().get("/x", headers={"authorization": "Bearer nonsense"})
    assert ask(request, user=user).status_code == 401
    assert ask(RequestFactory().get("/x"), user=user).status_code == 200
    assert cast(PrincipalRequest, request).principal is None
