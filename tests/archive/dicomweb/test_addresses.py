"""Links that lead back to where the caller came in."""

from typing import Any

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from archive.dicomweb.answers import base_url


@pytest.fixture(autouse=True)
def _public(settings: Settings) -> None:
    settings.HUB_PUBLIC_URL = "https://hub.example"
    settings.ALLOWED_HOSTS = ["*"]


@pytest.mark.parametrize(
    ("facts", "base"),
    [
        ({"HTTP_HOST": "hub.example"}, "https://hub.example"),
        ({"HTTP_HOST": "127.0.0.1:8000"}, "http://127.0.0.1:8000"),
        ({"HTTP_X_FORWARDED_HOST": "pacs.example"}, "http://pacs.example"),
        (
            {"HTTP_X_FORWARDED_HOST": "pacs.example", "HTTP_X_FORWARDED_PROTO": "https"},
            "https://pacs.example",
        ),
        (
            {
                "HTTP_X_FORWARDED_HOST": "pacs.example",
                "HTTP_X_FORWARDED_PROTO": "https",
                "HTTP_X_FORWARDED_PORT": "8443",
                "HTTP_X_FORWARDED_PREFIX": "/hub/",
            },
            "https://pacs.example:8443/hub",
        ),
        (
            {"HTTP_X_FORWARDED_HOST": "pacs.example, inner", "HTTP_X_FORWARDED_PORT": "80"},
            "http://pacs.example",
        ),
        ({"HTTP_X_FORWARDED_HOST": "evil/\r\nx", "HTTP_HOST": "a"}, "https://hub.example"),
        (
            {"HTTP_X_FORWARDED_HOST": "evil.example", "REMOTE_ADDR": "192.0.2.9"},
            "https://hub.example",
        ),
    ],
)
def test_the_base_is_what_the_caller_sees(facts: dict[str, Any], base: str) -> None:
    request = RequestFactory().get("/dicom-web/studies", **{"HTTP_HOST": "hub.example", **facts})
    assert base_url(request) == f"{base}/dicom-web"
