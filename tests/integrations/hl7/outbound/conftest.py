"""Connections of one test are closed before the next."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from integrations.hl7.outbound.connections import CONNECTIONS


@pytest.fixture(autouse=True)
def _no_connection_is_left() -> Iterator[None]:
    yield
    CONNECTIONS.close()
