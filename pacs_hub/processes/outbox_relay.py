"""The relay as a Celery task: every nudge and every tick of the schedule runs it once."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from pacs_hub.outbox.publish import RELAY_TASK
from pacs_hub.outbox.relay import Relay
from pacs_hub.wiring.subscriptions import SUBSCRIPTIONS, UNHEARD


@shared_task(name=RELAY_TASK)
def relay() -> None:
    """Hand what was published to its subscribers."""
    Relay(SUBSCRIPTIONS, UNHEARD, lease_seconds=settings.HUB_OUTBOX_LEASE_SECONDS).run()
