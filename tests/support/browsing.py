"""People who look at pages: a signed-in session that asks for HTML as a browser does."""

from __future__ import annotations

import re

from django.http import HttpResponse
from django.test import Client

from pacs_hub.access.services import set_user
from tests.support.callers import PASSWORD

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def browser(role: str = "", *, name: str = "person", provider_id: str = "") -> Client:
    """Return a browser session; signed in where a role is given. CSRF is not checked."""
    client = Client(headers=HTML, raise_request_exception=False)
    if role:
        client.force_login(
            set_user(name=name, role=role, password=PASSWORD, provider_id=provider_id)
        )
    return client


def text_of(response: HttpResponse) -> str:
    """Return what a page says, without its markup and with single spaces."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))
