"""The permission table is whole: every role, every resource, read and write apart."""

from __future__ import annotations

import pytest

from pacs_hub.access.models import Role
from pacs_hub.access.permissions import READ, RESOURCES, WRITE, Principal


def test_every_role_has_its_rows() -> None:
    assert set(READ) == set(WRITE) == set(Role.values)


@pytest.mark.parametrize("role", Role.values)
def test_who_may_write_may_read(role: str) -> None:
    assert WRITE[role] <= READ[role]


@pytest.mark.parametrize("role", Role.values)
def test_nobody_writes_the_audit(role: str) -> None:
    assert not Principal(name="x", role=role).may("write", "audit")


def test_an_unknown_role_may_nothing() -> None:
    stranger = Principal(name="x", role="janitor")
    assert not any(stranger.may("read", resource) for resource in RESOURCES)


def test_a_resource_nobody_wrote_down_is_an_error_and_not_an_open_door() -> None:
    with pytest.raises(KeyError):
        Principal(name="x", role="admin").may("read", "everything")
