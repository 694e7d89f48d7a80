"""Give a reaction that was given up another chance."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from pacs_hub.kernel.errors import Unknown
from pacs_hub.outbox.models import DeliveryState, OutboxDelivery
from pacs_hub.outbox.publish import RELAY_TASK, nudge_after_commit


def retry_delivery(*, delivery_id: int, now: datetime) -> None:
    """Put a dead delivery back into its stream, due now, with its whole budget.

    Raises:
        Unknown: it is not dead, or not there.
    """
    with transaction.atomic():
        again = OutboxDelivery.objects.filter(pk=delivery_id, state=DeliveryState.DEAD).update(
            state=DeliveryState.PENDING, attempts=0, next_attempt_at=now, claimed_until=None
        )
        if not again:
            raise Unknown("this reaction is not given up (any more)", code="no-such-dead-delivery")
        nudge_after_commit(RELAY_TASK)
