"""The relay delivers every event to every subscriber: at least once, in order, each alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import transaction

from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict, Unavailable
from pacs_hub.kernel.events import Event
from pacs_hub.outbox.models import DeliveryState, OutboxDelivery, OutboxMessage
from pacs_hub.outbox.publish import publish
from pacs_hub.outbox.relay import On, Relay

heard: list[tuple[str, int]] = []
troubles: list[Exception] = []


@dataclass(frozen=True, kw_only=True)
class Happened(Event):
    """A test event."""

    number: int
    about: str = "a"

    @property
    def stream(self) -> str:
        return f"thing:{self.about}"


def hear_first(event: Happened) -> None:
    heard.append(("first", event.number))


def hear_second(event: Happened) -> None:
    if troubles:
        raise troubles.pop(0)
    heard.append(("second", event.number))


RELAY = Relay([On(Happened, hear_first, hear_second)], [], lease_seconds=30)


@pytest.fixture(autouse=True)
def _quiet() -> None:
    heard.clear()
    troubles.clear()


def happen(*numbers: int, about: str = "a") -> None:
    with transaction.atomic():
        for number in numbers:
            publish(
                Happened(occurred_at=clock.now(), correlation_id="c", number=number, about=about)
            )


def let_time_pass() -> None:
    OutboxDelivery.objects.update(next_attempt_at=clock.now() - timedelta(seconds=1))


@pytest.mark.django_db
def test_each_subscriber_hears_each_event_once_and_in_order() -> None:
    happen(1, 2, 3)
    RELAY.run()
    RELAY.run()
    assert [n for who, n in heard if who == "first"] == [1, 2, 3]
    assert [n for who, n in heard if who == "second"] == [1, 2, 3]
    assert set(OutboxDelivery.objects.values_list("state", flat=True)) == {DeliveryState.DELIVERED}


@pytest.mark.django_db(transaction=True)
def test_an_event_outside_a_transaction_is_refused() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        publish(Happened(occurred_at=clock.now(), correlation_id="c", number=1))
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_event_of_a_rolled_back_fact_never_happened() -> None:
    with transaction.atomic():
        publish(Happened(occurred_at=clock.now(), correlation_id="c", number=1))
        transaction.set_rollback(True)
    RELAY.run()
    assert heard == []


@pytest.mark.django_db
def test_a_failing_subscriber_waits_alone_and_its_stream_keeps_its_order() -> None:
    troubles.append(Unavailable("away"))
    happen(1, 2)
    RELAY.run()
    assert [n for who, n in heard if who == "first"] == [1, 2]
    assert [n for who, n in heard if who == "second"] == []
    let_time_pass()
    RELAY.run()
    assert [n for who, n in heard if who == "second"] == [1, 2]


@pytest.mark.django_db
def test_a_failing_stream_does_not_hold_up_another() -> None:
    troubles.append(Unavailable("away"))
    happen(1, about="a")
    happen(2, about="b")
    RELAY.run()
    assert ("second", 2) in heard
    assert ("second", 1) not in heard


@pytest.mark.django_db
def test_a_permanent_failure_is_dead_at_once_and_says_why() -> None:
    troubles.append(Conflict("the exam is over", code="conflict"))
    happen(1, 2)
    RELAY.run()
    dead = OutboxDelivery.objects.get(state=DeliveryState.DEAD)
    assert (dead.error_code, dead.error_text) == ("conflict", "the exam is over")
    assert ("second", 2) in heard


@pytest.mark.django_db
def test_a_crash_in_a_reaction_is_tried_again_until_its_budget_ends() -> None:
    happen(1)
    for _ in range(40):
        troubles.append(ZeroDivisionError())
        RELAY.run()
        let_time_pass()
    dead = OutboxDelivery.objects.get(state=DeliveryState.DEAD)
    assert dead.error_code == "crash"
    assert dead.attempts == 12


@pytest.mark.django_db
def test_a_claimed_delivery_is_left_alone_until_its_lease_runs_out() -> None:
    troubles.append(Unavailable("away"))
    happen(1)
    RELAY.run()
    let_time_pass()
    OutboxDelivery.objects.update(claimed_until=clock.now() + timedelta(seconds=60))
    RELAY.run()
    assert heard == [("first", 1)]
    OutboxDelivery.objects.update(claimed_until=clock.now() - timedelta(seconds=1))
    RELAY.run()
    assert heard == [("first", 1), ("second", 1)]
