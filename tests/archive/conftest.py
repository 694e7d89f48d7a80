"""What the tests of the archive start from."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from archive.storage.filesystem import FilesystemArea
from archive.store.queries import forget_policies
from archive.store.room import forget_room
from tests.support.peers.s3 import S3Server, moto_server
from tests.support.stored import area_in


@pytest.fixture
def area(tmp_path: Path, settings: Settings) -> FilesystemArea:
    """An empty storage area, which the hub's doors use too."""
    return area_in(tmp_path / "objects", settings)


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """A foreign S3 server behind a line that can fail."""
    with moto_server() as server:
        yield server


@pytest.fixture(autouse=True)
def fresh_policies() -> None:
    """No test meets the policies, or the free space, that another one left in this process."""
    forget_policies()
    forget_room()
