"""What stations ask is kept, and not without bound."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from pydicom import Dataset
from pytest_django import DjangoAssertNumQueries

from pacs_hub.kernel import clock
from worklist.models import WorklistQuery
from worklist.mwl.keys import read_keys
from worklist.mwl.rules import SLOTS
from worklist.mwl.services import remember_query

pytestmark = pytest.mark.django_db


def ask(ae_title: str = "CT1", *, days: int = 0, found: int = 3, **root: str) -> None:
    """Ask for one's own day, `days` from now."""
    now = clock.now() + timedelta(days=days)
    query, item = Dataset(), Dataset()
    item.ScheduledStationAETitle = ae_title
    item.ScheduledProcedureStepStartDate = f"{now:%Y%m%d}"
    query.ScheduledProcedureStepSequence = [item]
    for keyword, value in root.items():
        setattr(query, keyword, value)
    remember_query(
        ae_title=ae_title, keys=read_keys(query), found=found, now=now, zone=ZoneInfo("UTC")
    )


def test_the_same_question_is_counted(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    ask()
    with django_assert_num_queries(1):
        ask(days=1, found=5)
    row = WorklistQuery.objects.get()
    assert (row.ae_title, row.times, row.found) == ("CT1", 2, 5)
    assert row.last_at - row.first_at > timedelta(hours=23)
    assert row.keys == {"station_ae_title": {"any": ["CT1"]}, "start_date": {"days": [0, 0]}}


def test_a_hundred_barcodes_take_no_more_room_than_a_few() -> None:
    ask()
    for number in range(100):
        ask(AccessionNumber=f"A{number}")
    ask("MR1")
    rows = WorklistQuery.objects.filter(ae_title="CT1")
    assert rows.count() == SLOTS + 1
    assert all(row.times == 1 for row in rows)
    assert rows.filter(slot__lt=SLOTS).count() == 1
