"""Where objects may lie."""

from __future__ import annotations

import pytest

from pacs_hub.settings.env import SettingError
from pacs_hub.settings.storage import check_apart, env_storage


@pytest.mark.parametrize(
    "url", ["", "file:///srv/objects", "s3://bucket", "s3://my.bucket-1/some/prefix"]
)
def test_a_folder_and_a_bucket_are_places(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_COLD_STORAGE_URL", url)
    assert env_storage("HUB_COLD_STORAGE_URL", "") == url


@pytest.mark.parametrize(
    "url", ["/srv/objects", "file://objects", "s3://", "s3://Bucket", "s3://b", "http://host/x"]
)
def test_anything_else_stops_the_start(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_COLD_STORAGE_URL", url)
    with pytest.raises(SettingError):
        env_storage("HUB_COLD_STORAGE_URL", "")


@pytest.mark.parametrize(
    ("main", "cold"),
    [
        ("file:///srv/a", "file:///srv/a"),
        ("file:///srv/a", "file:///srv/a/cold"),
        ("s3://bucket/a/b/", "s3://bucket/a"),
        ("s3://bucket", "s3://bucket/cold"),
    ],
)
def test_the_areas_lie_apart(main: str, cold: str) -> None:
    with pytest.raises(SettingError):
        check_apart(main, cold)


def test_areas_that_lie_apart_are_fine() -> None:
    check_apart("file:///srv/a", "")
    check_apart("file:///srv/a", "file:///srv/ab")
    check_apart("s3://bucket/warm", "s3://bucket/cold")
