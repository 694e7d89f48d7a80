"""Audit rows say who did what to whom, and hold no name."""

from __future__ import annotations

import pytest

from pacs_hub.audit.models import AuditRow
from pacs_hub.audit.services import record
from pacs_hub.kernel.origin import Origin


@pytest.mark.django_db
def test_a_row_says_who_did_what_from_where() -> None:
    origin = Origin.over_http(user="amy", address="10.0.0.1")
    record(
        action="view", object_type="exam", object_id=5, origin=origin, role="billing", patient_id=7
    )
    row = AuditRow.objects.get()
    assert (row.actor, row.role, row.action, row.object_type, row.object_id) == (
        "amy",
        "billing",
        "view",
        "exam",
        "5",
    )
    assert (row.door, row.address, row.patient_id) == ("http", "10.0.0.1", 7)
