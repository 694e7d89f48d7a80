"""What runs every few seconds is answered from indexes, however much the archive holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from archive.availability.services import due_notices, forget_sent
from archive.commitment.services import check_due, due_reports, forget_told
from archive.documents.queries import due
from archive.keeping import services as keeping
from archive.keeping.queries import due_page, opened_cold_studies
from archive.keeping.rules import Rule
from archive.models import Study
from archive.rejection.services import reject_left_behind
from archive.storage.current import area as current_area
from archive.storage.filesystem import FilesystemArea
from archive.store.completion import bring_up_to_date
from archive.store.services import remove_settled
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin
from tests.support.datasets import ct_instance, ct_series
from tests.support.stored import store

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.sqlite_only,  # reads its plans
]
ORIGIN = Origin(door="hub", actor="sweep")


def nobody(ids: Any) -> tuple[int, ...]:
    return ()


def pages(area: FilesystemArea) -> None:
    now = clock.now()
    for action in ("delete", "cold"):
        rule = Rule(name="r", action=action, days=1, modality=("CT",), body_part="HEAD")  # type: ignore[arg-type]
        due_page(rule, now=now, veto=nobody, after=0)


SWEEPS: dict[str, Callable[[FilesystemArea], Any]] = {
    "discarded bytes": lambda area: keeping.remove_discarded(area=area, limit=10),
    "settled asides": lambda area: remove_settled(area=area, since=clock.now()),
    "opened cold studies": lambda area: opened_cold_studies(since=clock.now()),
    "pages of rules": pages,
    "growing studies": lambda area: bring_up_to_date(quiet_seconds=60),
    "commitments": lambda area: check_due(area=area, budget_bytes=1),
    "reports": lambda area: due_reports(limit=10),
    "told reports": lambda area: forget_told(before=clock.now(), limit=10),
    "notices": lambda area: due_notices(limit=10),
    "sent notices": lambda area: forget_sent(before=clock.now(), limit=10),
    "documents": lambda area: list(due()[:1]),
    "late rejections": lambda area: reject_left_behind(limit=10, origin=ORIGIN),
    "volume kept aside": lambda area: keeping.tend(area=area, recall_limit=1),
}
IN_ORDER = ("SCAN archive_study USING INDEX study_receiving",)


@pytest.mark.parametrize("name", SWEEPS)
def test_no_table_is_walked_through(name: str, area: FilesystemArea) -> None:
    store(ct_instance(), area=area)
    with CaptureQueriesContext(connection) as captured:
        SWEEPS[name](area)
    for statement in captured:
        for step in plan_of(statement["sql"]):
            assert not step.startswith("SCAN archive_") or step in IN_ORDER, statement["sql"]


def plan_of(statement: str) -> list[str]:
    if not statement.startswith("SELECT"):
        return []
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + statement)
        return [row[3] for row in cursor.fetchall()]


def test_a_page_of_a_rule_looks_at_as_many_studies_whatever_matches(area: FilesystemArea) -> None:
    for _ in range(3):
        store(ct_instance(), area=area)
    later = clock.now() + timedelta(days=9)
    rule = Rule(name="r", action="delete", days=1, modality=("XA",))
    with CaptureQueriesContext(connection) as captured:
        assert due_page(rule, now=later, veto=nobody, after=0) == ([], None)
    assert len(captured) <= 4


def test_a_page_of_a_rule_costs_as_much_for_many_studies_as_for_few(area: FilesystemArea) -> None:
    later = clock.now() + timedelta(days=9)
    rule = Rule(name="r", action="delete", days=1, body_part="HEAD", keep_last=1)
    costs = []
    for _ in range(2):
        for _ in range(4):
            store(ct_instance(BodyPartExamined="HEAD", PatientID="P1"), area=area)
        Study.objects.update(state="received")
        with CaptureQueriesContext(connection) as captured:
            found, _ = due_page(rule, now=later, veto=nobody, after=0)
        costs.append(len(captured))
    assert len(found) == 7
    assert all((each.number_of_instances, each.bytes > 0) == (1, True) for each in found)
    assert costs[0] == costs[1]


def test_a_move_asks_little_for_each_object(
    area: FilesystemArea, settings: Settings, tmp_path: Path
) -> None:
    settings.HUB_COLD_STORAGE_URL = f"file://{tmp_path}/cold"
    rows = store(*ct_series(40), area=area)
    Study.objects.update(state="received")
    with CaptureQueriesContext(connection) as captured:
        keeping.move_to_cold(study_id=rows[0].study_id, area=current_area(), origin=ORIGIN)
    assert len(captured) < 25
