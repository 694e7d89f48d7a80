"""A quota counts on from where it ended, and asks again before it refuses anybody."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archive.models import Instance
from archive.storage.filesystem import FilesystemArea
from archive.store.queries import forget_policies
from archive.store.room import QuotaReached, check_room, count_in, forget_room
from pacs_hub.access.services import set_site
from tests.support.builders import CT1
from tests.support.datasets import ct_instance
from tests.support.stored import store

pytestmark = pytest.mark.django_db
GB = 10**9


@pytest.fixture(autouse=True)
def quota() -> Iterator[None]:
    """One gigabyte for all; what was remembered of it is forgotten, for the tests that follow."""
    set_site(
        name="General Hospital",
        facility="GH",
        time_zone="UTC",
        default_issuer="GH",
        archive={"quota_gb": 1},
    )
    _forget()
    yield
    _forget()


def _forget() -> None:
    forget_policies()
    forget_room()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let seconds pass."""
    real, ahead = time.monotonic, [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: real() + ahead[0])

    def move(seconds: float) -> None:
        ahead[0] += seconds

    return move


def ask(area: FilesystemArea, size: int = 0) -> None:
    check_room(area=area, origin=CT1, size=size)


def test_what_others_stored_is_counted_from_the_last_row_on(
    area: FilesystemArea, later: Any
) -> None:
    (first,) = store(ct_instance(), area=area)
    forget_room()
    ask(area)
    store(ct_instance(), area=area)
    later(31)
    with CaptureQueriesContext(connection) as asked:
        ask(area)
    (counted,) = [each["sql"] for each in asked if '"archive_instance"."size"' in each["sql"]]
    assert f'"id" > {first.pk}' in counted


def test_what_this_process_took_counts_at_once(area: FilesystemArea) -> None:
    ask(area, size=GB - 1)
    count_in(origin=CT1, size=2)
    with pytest.raises(QuotaReached):
        ask(area, size=GB - 1)


def test_nobody_is_refused_for_what_was_deleted(area: FilesystemArea, later: Any) -> None:
    (row,) = store(ct_instance(), area=area)
    Instance.objects.update(size=GB)
    forget_room()
    with pytest.raises(QuotaReached):
        ask(area)
    row.delete()
    later(31)
    ask(area)
