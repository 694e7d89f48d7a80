"""The short way of frames answers as the ordinary one does."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from pytest_django import Settings

from archive.dicomweb.express import in_front_of
from archive.storage.filesystem import FilesystemArea
from archive.store.models import Instance
from pacs_hub.access.services import issue_token
from pacs_hub.audit.models import AuditRow
from tests.archive.dicomweb.test_wado import place
from tests.support.datasets import ct_instance, us_instance
from tests.support.stored import store

pytestmark = pytest.mark.django_db
FRAME = 'multipart/related; type="application/octet-stream"; transfer-syntax=*'


@pytest.fixture(autouse=True)
def _one_transaction(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep the connection of the test open, as Django's own test client does."""
    monkeypatch.setattr("archive.dicomweb.express.close_old_connections", lambda: None)
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


def untouched(environ: dict[str, Any], start: Any) -> list[bytes]:
    start("299 ordinary way", [])
    return []


def ask(application: Any, path: str, **environ: str) -> tuple[str, dict[str, str], bytes]:
    """Call a WSGI application; returns status, headers and body, boundaries made equal."""
    found: list[Any] = []
    body = application(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "HTTP_HOST": "127.0.0.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_ACCEPT": FRAME,
            "wsgi.input": io.BytesIO(),
            "wsgi.url_scheme": "http",
            **environ,
        },
        lambda status, headers, *rest: found.extend((status, dict(headers))),
    )
    content = b"".join(body)
    status, headers = found
    kind, _, boundary = headers.get("Content-Type", "").partition("boundary=")
    if boundary:
        headers["Content-Type"] = kind
        content = content.replace(boundary.encode(), b"boundary")
    return status, headers, content


@pytest.fixture
def row(area: FilesystemArea) -> Instance:
    return store(us_instance(frames=3), area=area)[0]


@pytest.mark.parametrize("tail", ["1", "2", "3,1", "9", "0", "1,"])
@pytest.mark.parametrize("role", ["radiologist", "scheduler", "referrer", ""])
@pytest.mark.parametrize(
    "more", [{}, {"HTTP_RANGE": "bytes=0-9"}, {"HTTP_ACCEPT": "image/jxl"}, {"HTTP_ACCEPT": "*/*"}]
)
def test_both_ways_answer_the_same(
    row: Instance, tail: str, role: str, more: dict[str, str]
) -> None:
    secret = issue_token(name="viewer", role=role) if role else "wrong"
    asked = {"HTTP_AUTHORIZATION": f"Bearer {secret}", **more}
    path = f"{place(row)}/frames/{tail}"
    short_status, short, content = ask(in_front_of(untouched), path, **asked)
    long_status, ordinary, wanted = ask(WSGIHandler(), path, **asked)
    assert short_status == long_status
    if short_status.startswith("2"):
        assert content == wanted
    for name in ("Content-Type", "ETag", "Cache-Control", "X-Content-Type-Options"):
        assert short.get(name) == ordinary.get(name)


def test_a_frame_is_written_down(row: Instance) -> None:
    secret = issue_token(name="viewer", role="radiologist")
    ask(in_front_of(untouched), f"{place(row)}/frames/1", HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert AuditRow.objects.get(action="view").actor == "viewer"


def test_pages_of_named_sites_may_read_it(row: Instance, settings: Settings) -> None:
    settings.HUB_CORS_ORIGINS = ("https://viewer.example",)
    secret = issue_token(name="viewer", role="radiologist")
    _, headers, _ = ask(
        in_front_of(untouched),
        f"{place(row)}/frames/1",
        HTTP_AUTHORIZATION=f"Bearer {secret}",
        HTTP_ORIGIN="https://viewer.example",
    )
    assert headers["Access-Control-Allow-Origin"] == "https://viewer.example"


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"HTTP_AUTHORIZATION": "Bearer x", "REQUEST_METHOD": "POST"},
        {"HTTP_AUTHORIZATION": "Bearer x", "PATH_INFO": "/dicom-web/studies"},
        {"HTTP_AUTHORIZATION": "Bearer x", "PATH_INFO": "/dicom-web/studies/../frames/1"},
    ],
)
def test_everything_else_goes_the_ordinary_way(environ: dict[str, str]) -> None:
    path = "/dicom-web/studies/1.2/series/1.3/instances/1.4/frames/1"
    assert ask(in_front_of(untouched), path, **environ)[0] == "299 ordinary way"


def test_our_own_mistake_is_a_500_without_a_trace(
    area: FilesystemArea, monkeypatch: pytest.MonkeyPatch
) -> None:
    (row,) = store(ct_instance(), area=area)

    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("not for others")

    monkeypatch.setattr("archive.dicomweb.frames.send_frames", broken)
    secret = issue_token(name="viewer", role="radiologist")
    status, _, content = ask(
        in_front_of(untouched), f"{place(row)}/frames/1", HTTP_AUTHORIZATION=f"Bearer {secret}"
    )
    assert status.startswith("500")
    assert b"not for others" not in content
