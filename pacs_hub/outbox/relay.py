"""Hand each event to each of its subscribers: at least once, in order within a stream."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, OuterRef

from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import HubError
from pacs_hub.kernel.events import Event
from pacs_hub.outbox import leases
from pacs_hub.outbox.backoff import Stop, after_failure
from pacs_hub.outbox.models import DeliveryState, OutboxDelivery, OutboxMessage

logger = logging.getLogger(__name__)

Subscriber = Callable[[Any], None]
BATCH: Final = 200


@dataclass(frozen=True, init=False)
class On:
    """One line of the subscriptions table: an event and who reacts to it."""

    event: type[Event]
    subscribers: tuple[Subscriber, ...]

    def __init__(self, event: type[Event], *subscribers: Subscriber) -> None:
        object.__setattr__(self, "event", event)
        object.__setattr__(self, "subscribers", subscribers)


def subscriber_name(subscriber: Subscriber) -> str:
    """Return the dotted name a delivery is stored under."""
    return f"{subscriber.__module__}.{subscriber.__qualname__}"


class Relay:
    """Moves events to the subscribers of one subscriptions table."""

    def __init__(
        self, subscriptions: Sequence[On], unheard: Iterable[type[Event]], *, lease_seconds: float
    ) -> None:
        self._events: dict[str, type[Event]] = {e.event_name(): e for e in unheard}
        self._events |= {line.event.event_name(): line.event for line in subscriptions}
        self._names: Mapping[str, tuple[str, ...]] = {
            line.event.event_name(): tuple(subscriber_name(s) for s in line.subscribers)
            for line in subscriptions
        }
        self._subscribers: Mapping[str, Subscriber] = {
            subscriber_name(s): s for line in subscriptions for s in line.subscribers
        }
        self._lease_seconds = lease_seconds

    def run(self, *, budget: int = 2_000) -> int:
        """Fan out and deliver until nothing is due or `budget` deliveries were made."""
        done = 0
        while done < budget:
            moved = self._fan_out() + self._deliver_due()
            if not moved:
                break
            done += moved
        return done

    def _fan_out(self) -> int:
        """Turn published messages into one delivery per subscriber."""
        waiting = list(
            OutboxMessage.objects.filter(fanned_out_at__isnull=True).order_by("id")[:BATCH]
        )
        if not waiting:
            return 0
        now = clock.now()
        deliveries = [
            OutboxDelivery(
                message=message, subscriber=name, stream=message.stream, next_attempt_at=now
            )
            for message in waiting
            for name in self._names.get(message.event, ())
        ]
        with transaction.atomic():
            OutboxDelivery.objects.bulk_create(deliveries, ignore_conflicts=True)
            OutboxMessage.objects.filter(pk__in=[m.pk for m in waiting]).update(fanned_out_at=now)
        return len(waiting)

    def _deliver_due(self) -> int:
        now = clock.now()
        earlier = OutboxDelivery.objects.filter(
            state=DeliveryState.PENDING,
            subscriber=OuterRef("subscriber"),
            stream=OuterRef("stream"),
            message_id__lt=OuterRef("message_id"),
        )
        due = (
            OutboxDelivery.objects.filter(
                ~Exists(earlier), state=DeliveryState.PENDING, next_attempt_at__lte=now
            )
            .filter(leases.free(now))
            .order_by("message_id", "id")
            .select_related("message")[:BATCH]
        )
        return sum(self._deliver(delivery, now=now) for delivery in due)

    def _deliver(self, delivery: OutboxDelivery, *, now: datetime) -> int:
        pending = OutboxDelivery.objects.filter(state=DeliveryState.PENDING)
        if not leases.claim(pending, pk=delivery.pk, now=now, seconds=self._lease_seconds):
            return 0
        try:
            event = self._events[delivery.message.event].from_payload(delivery.message.payload)
            with transaction.atomic():
                self._subscribers[delivery.subscriber](event)
                delivered = pending.filter(pk=delivery.pk).update(
                    state=DeliveryState.DELIVERED,
                    delivered_at=clock.now(),
                    attempts=delivery.attempts + 1,
                    claimed_until=None,
                )
                if not delivered:  # the lease ran out and another finished it: undo ours
                    transaction.set_rollback(True)
        except HubError as error:
            self._record_failure(delivery, code=error.error_code, text=error.text)
        except Exception as error:  # noqa: BLE001 - outermost loop: one bad reaction stops no other
            logger.exception("outbox.delivery.crashed", extra={"delivery": delivery.pk})
            self._record_failure(delivery, code="crash", text=type(error).__name__)
        return 1

    def _record_failure(self, delivery: OutboxDelivery, *, code: str, text: str) -> None:
        attempts = delivery.attempts + 1
        verdict = after_failure(code=code, attempts=attempts, now=clock.now())
        dead = isinstance(verdict, Stop)
        OutboxDelivery.objects.filter(pk=delivery.pk, state=DeliveryState.PENDING).update(
            attempts=attempts,
            claimed_until=None,
            state=DeliveryState.DEAD if dead else DeliveryState.PENDING,
            next_attempt_at=delivery.next_attempt_at if isinstance(verdict, Stop) else verdict.at,
            error_code=code,
            error_text=text,
        )
        logger.warning(
            "outbox.delivery.dead" if dead else "outbox.delivery.failed",
            extra={"delivery": delivery.pk, "code": code, "attempts": attempts},
        )
