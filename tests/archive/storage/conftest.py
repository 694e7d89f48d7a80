"""One S3 server for the tests of storage."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.peers.s3 import S3Server, moto_server


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """A foreign S3 server behind a line that can fail."""
    with moto_server() as server:
        yield server
