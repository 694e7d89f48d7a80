"""Callers of the DICOMweb doors."""

from collections.abc import Callable

import pytest
from django.test import Client

from pacs_hub.access.services import issue_token

Caller = Callable[..., Client]


@pytest.fixture
def caller(db: None) -> Caller:
    """Make a client that sends the token of a role."""

    def make(role: str = "radiologist", provider_id: str = "") -> Client:
        token = issue_token(name=f"a {role}", role=role, provider_id=provider_id)
        return Client(headers={"Authorization": f"Bearer {token}"})

    return make
