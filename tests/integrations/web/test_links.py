"""Each HL7 link is told in plain words, the worst thing first."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from integrations.hl7.inbox.models import InboundMessage
from integrations.hl7.outbound.models import OutboundIncident, OutboundMessage
from integrations.web.links import Link, links
from pacs_hub.kernel import clock
from tests.support.mllp_door import a_receiver, a_sender

pytestmark = pytest.mark.django_db

NUMBERS = iter(range(1, 1_000_000))


def came(state: str = "processed", *, ago: timedelta = timedelta(), peer: str = "HIS") -> None:
    InboundMessage.objects.create(
        raw=b"MSH|^~\\&|",
        address="127.0.0.1",
        peer=peer,
        received_at=clock.now() - ago,
        body_sha256=f"{next(NUMBERS):064}",
        correlation_id="c",
        processing_state=state,
    )


def queued(*, ago: timedelta = timedelta(), **over: Any) -> None:
    number = next(NUMBERS)
    row = {
        "peer_name": "BILLING",
        "message_type": "DFT^P03",
        "control_id": f"C{number}",
        "natural_key": f"k{number}",
        "stream": "s",
        "body": b"",
        "next_attempt_at": clock.now(),
        "created_at": clock.now() - ago,
        "correlation_id": "c",
    }
    OutboundMessage.objects.create(**(row | over))


def only(now: datetime | None = None) -> Link:
    [link] = links(now=now or clock.now())
    return link


def said() -> tuple[str, str]:
    link = only()
    return link.tone, link.words


def test_a_sender_is_never_heard_then_well_then_quiet() -> None:
    a_sender()
    assert said() == ("none", "never heard")
    came()
    came(ago=timedelta(hours=2))
    assert said() == ("ok", "all applied")
    assert only().last_hour == 1
    assert only(clock.now() + timedelta(days=2)).words == "quiet for more than a day"


def test_what_a_person_has_to_decide_comes_before_what_was_refused() -> None:
    a_sender()
    came("refused")
    assert said() == ("wait", "1 refused within a day")
    came("held")
    assert said() == ("wait", "1 held for a person")


def test_what_was_refused_long_ago_is_no_news() -> None:
    a_sender()
    came("refused", ago=timedelta(days=3))
    came()
    assert said() == ("ok", "all applied")


def test_a_folder_that_is_away_is_the_worst(tmp_path: Path) -> None:
    a_sender(options={"folder": str(tmp_path / "away")})
    came("held")
    assert said() == ("bad", "the folder is not there")


def test_a_receiver_in_trouble_says_since_when_and_why() -> None:
    a_receiver(port=1)
    queued(ago=timedelta(minutes=7))
    assert said() == ("wait", "messages wait too long")
    now = clock.now()
    OutboundIncident.objects.create(
        peer_name="BILLING",
        code="peer-unreachable",
        text="connection refused",
        failures=14,
        opened_at=now,
        last_at=now,
    )
    assert said() == ("bad", "failed 14 times: connection refused")
    assert (only().waiting, only().oldest_at is not None) == (1, True)


def test_a_receiver_that_takes_everything_is_well() -> None:
    a_receiver(port=1)
    assert said() == ("none", "nothing sent yet")
    queued(state="acknowledged", acknowledged_at=clock.now())
    assert said() == ("ok", "all taken")
    queued(state="rejected")
    assert said() == ("bad", "1 refused or given up")


def test_many_links_cost_as_many_queries_as_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(12):
        a_sender(name=f"HIS{number}")
        came(peer=f"HIS{number}")
    with django_assert_num_queries(9):
        assert len(links(now=clock.now())) == 12
