"""Where Redis is, as each of its clients wants to hear it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pacs_hub.settings.redis import LONGEST_SOCKET_PATH, private_socket, redis


def test_without_a_url_it_is_our_own_on_a_socket_in_the_home(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    found = redis(home=Path("/srv/hub"))
    assert found.socket == Path("/srv/hub/run/redis.sock")
    assert found.client_url == "unix:///srv/hub/run/redis.sock"
    assert found.broker_url == "redis+socket:///srv/hub/run/redis.sock"


def test_a_home_too_deep_for_a_socket_gets_a_short_place_that_stays_the_same(
    tmp_path: Path,
) -> None:
    home = tmp_path / ("deep" * 30)
    socket = private_socket(home)
    assert len(str(socket)) <= LONGEST_SOCKET_PATH
    assert private_socket(home) == socket
    socket.parent.rmdir()
    assert private_socket(home) != socket


@pytest.mark.parametrize(
    ("url", "broker"),
    [
        ("redis://:secret@cache:6379/1", "redis://:secret@cache:6379/1"),
        ("rediss://cache/0", "rediss://cache/0"),
        ("unix:///run/redis.sock?db=2", "redis+socket:///run/redis.sock?virtual_host=2"),
    ],
)
def test_an_outside_redis_is_passed_on(
    monkeypatch: pytest.MonkeyPatch, url: str, broker: str
) -> None:
    monkeypatch.setenv("REDIS_URL", url)
    found = redis(home=Path("/srv/hub"))
    assert (found.client_url, found.broker_url, found.socket) == (url, broker, None)
