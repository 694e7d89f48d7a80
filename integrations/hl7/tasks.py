"""Celery tasks of the HL7 v2 doors; each calls one service."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from integrations.hl7.inbox import current, recovery
from integrations.hl7.outbound import sender
from integrations.hl7.outbound import services as outbound
from integrations.hl7.outbound.services import SEND_TASK
from pacs_hub.kernel import clock


@shared_task(name=SEND_TASK)
def send_due() -> None:
    """Send what is due; nudged after each commit that queues something, and swept."""
    sender.send_due(lease_seconds=settings.HUB_OUTBOX_LEASE_SECONDS)


@shared_task(name="integrations.hl7.queue_waiting_charges")
def queue_waiting_charges() -> None:
    """Queue charges that were captured before a billing system was configured."""
    outbound.queue_waiting_charges()


@shared_task(name="integrations.hl7.process_left_behind")
def process_left_behind() -> None:
    """Apply messages that a crash left unapplied."""
    recovery.process_left_behind(
        routes=current.routes(),
        now=clock.now(),
        lease_seconds=settings.HUB_OUTBOX_LEASE_SECONDS,
    )
