"""A reaction that was given up gets another chance."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Unknown
from pacs_hub.outbox.models import OutboxDelivery, OutboxMessage
from pacs_hub.outbox.services import retry_delivery

pytestmark = pytest.mark.django_db


def a_delivery(state: str) -> OutboxDelivery:
    now = clock.now()
    message = OutboxMessage.objects.create(
        event="X", version=1, stream="exam:1", payload={}, occurred_at=now
    )
    return OutboxDelivery.objects.create(
        message=message,
        subscriber="a.reaction",
        stream="exam:1",
        state=state,
        attempts=12,
        next_attempt_at=now + timedelta(hours=1),
    )


def test_a_dead_delivery_is_due_at_once_with_its_whole_budget() -> None:
    delivery, now = a_delivery("dead"), clock.now()
    retry_delivery(delivery_id=delivery.pk, now=now)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts, delivery.next_attempt_at) == ("pending", 0, now)


@pytest.mark.parametrize("state", ["pending", "delivered"])
def test_a_delivery_that_is_not_dead_is_left_alone(state: str) -> None:
    delivery = a_delivery(state)
    with pytest.raises(Unknown):
        retry_delivery(delivery_id=delivery.pk, now=clock.now())
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (state, 12)
