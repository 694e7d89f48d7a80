"""What happened to a patient: told on to others, never back to who told us."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from archive.models import Patient
from integrations.hl7.outbound import topics
from integrations.hl7.outbound.models import ON_THE_WAY, OutboundMessage
from integrations.hl7.outbound.services._queue import NOBODY, Teller, queue, wanted
from integrations.hl7.outbound.topics import Topic


def queue_patient(
    *, patient_id: int, at: datetime, correlation_id: str, told_by: Teller = NOBODY
) -> list[OutboundMessage]:
    """Queue ADT^A31 or ADT^A08, as each receiver wants, with the patient as they are now.

    Somebody without a name or an identifier is not told of, nor is one who was merged since.
    What one message changed is told once; when it is applied again and changes more, again.
    """
    topic = Topic(
        kind=topics.PATIENT,
        natural_key=_key_of_update(patient_id, at=at, correlation_id=correlation_id),
        patient_id=patient_id,
        at=at,
        correlation_id=correlation_id,
    )
    if not wanted(topic) or not _can_be_told(patient_id):
        return []
    return queue(topic, told_by=told_by)


def _key_of_update(patient_id: int, *, at: datetime, correlation_id: str) -> str:
    """Return a key that is new where the change is later than what was told of it."""
    key = f"patient:{patient_id}:update:{correlation_id}"
    told = OutboundMessage.objects.filter(
        correlation_id=correlation_id, natural_key__startswith=key
    ).aggregate(last=Max("created_at"))["last"]
    return key if told is None or at <= told else f"{key}:{at:%Y%m%d%H%M%S%f}"


def _can_be_told(patient_id: int) -> bool:
    known = Patient.objects.filter(pk=patient_id, survivor__isnull=True, identifiers__isnull=False)
    return known.exclude(name="").exists()


def queue_merge(
    *,
    survivor_id: int,
    loser_id: int,
    at: datetime,
    correlation_id: str,
    told_by: Teller = NOBODY,
) -> list[OutboundMessage]:
    """Queue ADT^A40; what still waits to be told of the merged patient goes before it, and what
    holds up their lane goes on to hold up the one they share.

    Nobody is told of a survivor without a name or an identifier.
    """
    topic = Topic(
        kind=topics.MERGE,
        natural_key=f"patient:{loser_id}:merge:{survivor_id}:{correlation_id}",
        patient_id=survivor_id,
        loser_id=loser_id,
        at=at,
        correlation_id=correlation_id,
    )
    if not wanted(topic) or not _can_be_told(survivor_id):
        return []
    with transaction.atomic():
        lane = OutboundMessage.objects.filter(stream=f"patient:{loser_id}")
        lane.filter(ON_THE_WAY).update(stream=topic.stream)
        lane.filter(blocking=True).update(stream=topic.stream)
        return queue(topic, told_by=told_by)
