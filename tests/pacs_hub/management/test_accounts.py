"""Commands that make accounts."""

from __future__ import annotations

import io
import sys

import pytest
from django.core.management import CommandError, call_command

from pacs_hub.access.models import Token, User
from pacs_hub.access.queries import principal_of_token
from pacs_hub.kernel import clock

pytestmark = pytest.mark.django_db


def call(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_hub_token_prints_the_token_and_nothing_else() -> None:
    secret = call("hub_token", "HIS", "--role", "integrator", "--days", "7").strip()
    principal = principal_of_token(secret, now=clock.now())
    assert principal is not None
    assert (principal.name, principal.role) == ("HIS", "integrator")
    expires_at = Token.objects.get().expires_at
    assert expires_at is not None
    assert (expires_at - clock.now()).days in {6, 7}


def test_hub_token_refuses_a_role_that_is_not_ours() -> None:
    with pytest.raises(CommandError, match="invalid choice: 'king'"):
        call("hub_token", "HIS", "--role", "king")


def test_hub_user_creates_and_then_updates(monkeypatch: pytest.MonkeyPatch) -> None:
    for role, password in (("scheduler", "first password"), ("billing", "second password")):
        monkeypatch.setattr(sys, "stdin", io.StringIO(password + "\n"))
        call("hub_user", "kim", "--role", role, "--password-stdin")
    user = User.objects.get()
    assert (user.username, user.role) == ("kim", "billing")
    assert user.check_password("second password")


def test_hub_user_refuses_an_empty_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    with pytest.raises(CommandError, match="empty"):
        call("hub_user", "kim", "--role", "billing", "--password-stdin")
    assert not User.objects.exists()
