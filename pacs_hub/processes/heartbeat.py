"""The pulse of scheduler, broker and worker together: one tick has to pass through all three."""

from __future__ import annotations

from typing import Final

from celery import shared_task
from django.conf import settings
from redis import Redis, RedisError

KEY: Final = "pacs_hub:heartbeat"
ALIVE_SECONDS: Final = 30


def private_redis() -> Redis:
    """Return a client that gives up after a second, for probes."""
    return Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)


@shared_task(name="pacs_hub.heartbeat")
def heartbeat() -> None:
    """Say that a task ran just now."""
    with private_redis() as client:
        client.set(KEY, "1", ex=ALIVE_SECONDS)


def beats() -> bool:
    """Say whether a task ran in the last half minute."""
    try:
        with private_redis() as client:
            return bool(client.exists(KEY))
    except RedisError:
        return False
