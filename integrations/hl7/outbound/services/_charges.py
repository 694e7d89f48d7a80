"""Charges for the billing system."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from integrations.billing.models import Charge
from integrations.hl7.outbound import queries, topics
from integrations.hl7.outbound.models import OutboundMessage
from integrations.hl7.outbound.services._queue import queue
from integrations.hl7.outbound.topics import Topic
from pacs_hub.access.queries import hl7_receivers
from pacs_hub.kernel import clock

CHARGE: Final = "DFT^P03"
WAITING_BATCH: Final = 200


def queue_dft(*, charge_id: int, correlation_id: str) -> list[OutboundMessage]:
    """Queue DFT^P03 for every peer that asked for charges.

    Raises:
        Incomplete: the charge or the patient cannot be told of.
    """
    if not hl7_receivers(CHARGE):
        return []
    charge = Charge.objects.select_related("exam__patient").get(pk=charge_id)
    patient = charge.exam.patient
    return queue(
        Topic(
            kind=topics.CHARGE,
            natural_key=f"charge:{charge_id}",
            exam_id=charge.exam_id,
            patient_id=patient.survivor_id or patient.pk,
            charge_id=charge_id,
            at=clock.now(),
            correlation_id=correlation_id,
        )
    )


def queue_waiting_charges() -> int:
    """Queue the charges that were ready before anybody wanted them; returns how many."""
    if not hl7_receivers(CHARGE):
        return 0
    waiting = list(queries.charges_never_queued()[:WAITING_BATCH])
    for charge in waiting:
        with transaction.atomic():
            queue_dft(charge_id=charge.pk, correlation_id=charge.correlation_id)
    return len(waiting)
