"""Celery tasks of the HL7 v2 doors; each calls one service."""

from __future__ import annotations

from typing import Final

from celery import shared_task
from django.conf import settings

from integrations.hl7 import retention
from integrations.hl7.inbox import current, folders, parking, recovery, replays
from integrations.hl7.outbound import late, sender
from integrations.hl7.outbound import services as outbound
from integrations.hl7.outbound.connections import CONNECTIONS
from integrations.hl7.outbound.queries import lines_due
from integrations.hl7.outbound.services import SEND_TASK
from pacs_hub.kernel import clock
from pacs_hub.outbox.nudges import NUDGER

CONVERSATIONS_AT_ONCE: Final = 8
CONVERSATION_LIVES_SECONDS: Final = 30


@shared_task(name=SEND_TASK)
def send_due() -> None:
    """Have a conversation with each receiver for whom something is due, each by itself.

    Nudged after each commit that queues something, and swept.
    """
    CONNECTIONS.tend(hear=late.take)
    for name in lines_due(now=clock.now(), most=CONVERSATIONS_AT_ONCE):
        converse.apply_async(args=(name,), expires=CONVERSATION_LIVES_SECONDS, ignore_result=True)


@shared_task(name="integrations.hl7.converse")
def converse(peer_name: str) -> None:
    """Send what is due for one receiver, for a while; the next tick goes on."""
    if sender.converse(peer_name):
        NUDGER.nudge(SEND_TASK)  # there may be more


@shared_task(name="integrations.hl7.queue_waiting_charges")
def queue_waiting_charges() -> None:
    """Queue charges that were captured before a billing system was configured."""
    outbound.queue_waiting_charges()


@shared_task(name="integrations.hl7.take_from_folders")
def take_from_folders() -> None:
    """Take the files that peers dropped into their watched folders."""
    folders.take_due(routes=current.routes())


@shared_task(name="integrations.hl7.process_left_behind")
def process_left_behind() -> None:
    """Apply messages that a crash left unapplied."""
    recovery.process_left_behind(
        routes=current.routes(),
        now=clock.now(),
        lease_seconds=settings.HUB_OUTBOX_LEASE_SECONDS,
    )


@shared_task(name=parking.WAKE_TASK)
def apply_parked() -> None:
    """Apply messages that waited for what has come; nudged when it comes, and swept."""
    recovery.apply_parked(
        routes=current.routes(),
        now=clock.now(),
        lease_seconds=settings.HUB_OUTBOX_LEASE_SECONDS,
    )


@shared_task(name=replays.TASK)
def replay() -> None:
    """Apply some more messages of a replay that a person started."""
    replays.go_on(
        routes=current.routes(),
        now=clock.now(),
        lease_seconds=settings.HUB_OUTBOX_LEASE_SECONDS,
    )


@shared_task(name="integrations.hl7.prune")
def prune() -> None:
    """Take away what was kept long enough."""
    retention.prune(
        now=clock.now(),
        body_days=settings.HUB_MESSAGE_BODY_DAYS,
        days=settings.HUB_MESSAGE_DAYS,
    )
