"""No search of the journal reads the whole table: each way is answered by an index."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.hl7.inbox.models import InboundMessage
from integrations.web import listing, queries
from integrations.web.listing import BadPlace, Place
from integrations.web.search import Search
from pacs_hub.kernel import clock

pytestmark = pytest.mark.django_db
SMALL = ("inbound_held", "inbound_parked", "inbound_refused")  # only what needs a person


@pytest.fixture
def many() -> None:
    """Keep enough messages for the planner to see that reading all of them is dear."""
    now = clock.now()
    InboundMessage.objects.bulk_create(
        InboundMessage(
            raw=b"MSH|",
            address="",
            received_at=now - timedelta(seconds=10 * number),
            peer="HIS",
            message_type="ADT^A08",
            control_id=f"C{number}",
            patient_number=f"P{number % 500}",
            accession_number=f"A{number}",
            processing_state="processed" if number % 100 else "refused",
            body_sha256=str(number),
        )
        for number in range(3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def whole_tables_read(work: Any) -> list[str]:
    """Return the plans of `work` that read every message."""
    with CaptureQueriesContext(connection) as asked:
        work()
    read: list[str] = []
    for query in asked.captured_queries:
        if not query["sql"].startswith("SELECT") or "inboundmessage" not in query["sql"]:
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            steps = [row[3] for row in cursor.fetchall()]
        limited = "LIMIT" in query["sql"] and "inbound_latest" in steps[0]
        whole = [s for s in steps if s.startswith("SCAN integrations_inbound") and not limited]
        read += [step for step in whole if not step.endswith(SMALL)]
    return read


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    "search",
    [
        Search(),
        Search(q="C77"),
        Search(q="nobody"),
        Search(patient="P7"),
        Search(accession_number="A7"),
        Search(control_id="C5"),
        Search(kind="error"),
        Search(message_type="ADT"),
    ],
)
def test_each_search_is_answered_by_an_index(many: None, search: Search) -> None:
    assert whole_tables_read(lambda: listing.page(search, before=None, size=50)) == []


@pytest.mark.sqlite_only
def test_what_needs_a_hand_is_answered_by_an_index(many: None) -> None:
    now = clock.now()
    assert whole_tables_read(lambda: queries.waiting_messages(now=now)) == []


def test_a_patient_is_found_once_though_two_ways_lead_there(many: None) -> None:
    found = listing.page(Search(q="P7"), before=None, size=50)
    assert len(found.rows) == 6
    assert len({row["pk"] for row in found.rows}) == 6


def test_a_place_is_read_as_it_was_written() -> None:
    place = Place(clock.now(), "in", 7)
    assert Place.of(str(place)) == place
    assert Place.of("") is None
    with pytest.raises(BadPlace):
        Place.of("yesterday")


def test_a_text_is_looked_for_in_one_body_at_a_time_past_those_whose_key_is_gone(
    settings: Any,
) -> None:
    for number in range(3):
        settings.HUB_MESSAGE_KEYS = (bytes([48 + number]) * 32,)
        InboundMessage.objects.create(raw=b"MSH|^~\\&|jane", address="", received_at=clock.now())
    settings.HUB_MESSAGE_KEYS = (b"0" * 32, b"2" * 32)
    with CaptureQueriesContext(connection) as asked:
        found = listing.with_text(Search(), "jane", before=None, size=10, now=clock.now())
    assert (len(found.rows), found.read) == (2, 3)
    reads = [one["sql"] for one in asked.captured_queries if '"raw"' in one["sql"]]
    assert all("LIMIT 1" in sql for sql in reads)
