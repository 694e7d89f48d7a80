"""What a message costs the database: a bound that nobody passes by accident."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.hl7.inbox import services
from integrations.hl7.inbox.admission import Doorkeeper
from integrations.hl7.inbox.arrivals import Arrival
from pacs_hub.wiring.mllp import ROUTES
from tests.support.messages import adt, msh, pid
from tests.support.mllp_door import a_sender, a_site

MESSAGES = 8


def updates(mark: str) -> list[Arrival]:
    """Return messages that each change something of one patient."""
    return [
        Arrival(
            raw=adt("A08", header=msh("ADT^A08"), person=pid(account=f"{mark}{n}")).encode(),
            address="127.0.0.1",
        )
        for n in range(MESSAGES)
    ]


@pytest.mark.django_db
def test_an_update_of_a_patient_costs_few_statements() -> None:
    a_site()
    a_sender()
    keeper = Doorkeeper(remember_seconds=60)
    services.receive_many(updates("A"), routes=ROUTES, doorkeeper=keeper)
    with CaptureQueriesContext(connection) as asked:
        services.receive_many(updates("B"), routes=ROUTES, doorkeeper=keeper)
    savepoints = [q for q in asked.captured_queries if "SAVEPOINT" in q["sql"]]
    work = len(asked) - len(savepoints)
    assert work <= MESSAGES * 12 + 2
    assert len(savepoints) <= MESSAGES * 2 + 2
