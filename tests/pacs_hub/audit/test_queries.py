"""Finding audit rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pacs_hub.audit.queries import AuditFilters, rows
from pacs_hub.audit.services import record
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["2", "1"]),
        ({"actor": "jane"}, ["1"]),
        ({"action": "update"}, ["2"]),
        ({"object_type": "exam"}, ["2", "1"]),
        ({"object_type": "study"}, []),
        ({"object_id": "1"}, ["1"]),
        ({"patient": 7}, ["1"]),
        ({"since": clock.now() - timedelta(hours=1)}, ["2", "1"]),
        ({"until": clock.now() - timedelta(hours=1)}, []),
    ],
)
def test_each_filter_narrows_the_rows(filters: dict[str, Any], found: list[str]) -> None:
    jane, joe = Origin.over_http(user="jane"), Origin.over_http(user="joe")
    record(action="view", object_type="exam", object_id=1, origin=jane, patient_id=7)
    record(action="update", object_type="exam", object_id=2, origin=joe, patient_id=8)
    assert [row.object_id for row in rows(AuditFilters(**filters))] == found
