"""Machine accounts and people who call the hub over HTTP."""

from __future__ import annotations

from django.test import Client

from pacs_hub.access.services import issue_token, set_user

PASSWORD = "correct horse battery staple"


def caller(role: str, *, provider_id: str = "") -> Client:
    """Return a client that sends the bearer token of a machine account with `role`."""
    secret = issue_token(name=f"a {role}", role=role, provider_id=provider_id)
    return Client(headers={"Authorization": f"Bearer {secret}"}, raise_request_exception=False)


def person(role: str, *, name: str = "person", provider_id: str = "") -> Client:
    """Return a signed-in browser session of a person with `role`; CSRF is checked."""
    user = set_user(name=name, role=role, password=PASSWORD, provider_id=provider_id)
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(user)
    return client
