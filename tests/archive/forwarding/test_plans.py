"""What the sweeps of sending on ask is answered from indexes, however much was sent before."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archive.forwarding import queries, services
from archive.models import Sending
from archive.prefetch.queries import due
from archive.storage.filesystem import FilesystemArea
from pacs_hub.kernel import clock
from tests.archive.forwarding.conftest import Peers
from tests.archive.index.test_plans import plan_of
from tests.support.builders import CT1
from tests.support.datasets import ct_series
from tests.support.forwarding import settled
from tests.support.stored import store

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.sqlite_only,  # reads its plans
]
SMALL = ("archive_lane", "archive_forwardrule", "pacs_hub", "access_")


def test_no_table_is_walked_through(area: FilesystemArea, peers: Peers) -> None:
    peers(WS=9)
    store(*ct_series(3), area=area)
    settled()
    row = Sending.objects.get()
    now = clock.now()
    with CaptureQueriesContext(connection) as captured:
        queries.due_lanes(now=now, most=4)
        queries.next_sending("WS", now=now)
        queries.kinds_of(row.pk)
        list(queries.left_of(row.pk, limit=9))
        queries.lanes(now=now)
        services.queue_by_rules(study_id=row.study_id, origin=CT1)
        services.forget_items(before=now, limit=9)
        due(now=now, limit=9)
    for statement in captured.captured_queries:
        if statement["sql"].startswith("SELECT"):
            for step in plan_of(statement):
                walks = step.startswith("SCAN") and "USING INDEX" not in step
                walks = walks and "USING COVERING INDEX" not in step
                assert not walks or any(name in step for name in SMALL), (step, statement["sql"])
