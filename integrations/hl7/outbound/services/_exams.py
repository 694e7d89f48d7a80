"""What happened to an exam: its order, its schedule, its report, its images."""

from __future__ import annotations

from datetime import datetime

from integrations.hl7.outbound import topics
from integrations.hl7.outbound.models import OutboundMessage
from integrations.hl7.outbound.services._queue import NOBODY, Teller, queue
from integrations.hl7.outbound.topics import Topic
from worklist.models import Exam


def queue_order_status(
    *, exam_id: int, status: str, at: datetime, correlation_id: str, told_by: Teller = NOBODY
) -> list[OutboundMessage]:
    """Queue an order status with ORC-5 `status` (RAD-3), as the message each receiver wants.

    Raises:
        Incomplete: the order or the patient cannot be told of.
    """
    topic = Topic(
        kind=topics.ORDER_STATUS,
        natural_key=f"exam:{exam_id}:status:{status}",
        exam_id=exam_id,
        patient_id=_patient_of(exam_id),
        change=status,
        at=at,
        correlation_id=correlation_id,
    )
    return queue(topic, told_by=told_by)


def queue_schedule(
    *,
    exam_id: int,
    change: str,
    at: datetime,
    correlation_id: str,
    reason: str = "",
    told_by: Teller = NOBODY,
) -> list[OutboundMessage]:
    """Queue SIU about our own scheduling (RAD-48); `change` is a key of `appointment2siu.EVENTS`.

    An exam without a time is no appointment: nothing is told.

    Raises:
        Incomplete: the patient cannot be told of.
    """
    if not Exam.objects.filter(pk=exam_id, scheduled_for__isnull=False).exists():
        return []
    topic = Topic(
        kind=topics.SCHEDULE,
        natural_key=f"exam:{exam_id}:schedule:{change}:{correlation_id}",
        exam_id=exam_id,
        patient_id=_patient_of(exam_id),
        change=change,
        reason=reason,
        at=at,
        correlation_id=correlation_id,
    )
    return queue(topic, told_by=told_by)


def queue_report(
    *,
    exam_id: int,
    result_id: int,
    at: datetime,
    correlation_id: str,
    told_by: Teller = NOBODY,
) -> list[OutboundMessage]:
    """Queue ORU^R01 with the text of a report, and a PDF of it.

    Raises:
        Incomplete: the report, the order or the patient cannot be told of.
    """
    topic = Topic(
        kind=topics.REPORT,
        natural_key=f"result:{result_id}",
        exam_id=exam_id,
        patient_id=_patient_of(exam_id),
        result_id=result_id,
        change="CM",
        at=at,
        correlation_id=correlation_id,
    )
    return queue(topic, told_by=told_by)


def queue_images(
    *, exam_id: int, study_id: int, at: datetime, correlation_id: str
) -> list[OutboundMessage]:
    """Queue ORU^R01 that says where the images of an exam are, once for each study.

    Raises:
        Incomplete: there are no images, or the order or the patient cannot be told of.
    """
    topic = Topic(
        kind=topics.IMAGES,
        natural_key=f"exam:{exam_id}:images:{study_id}",
        exam_id=exam_id,
        patient_id=_patient_of(exam_id),
        at=at,
        correlation_id=correlation_id,
    )
    return queue(topic)


def _patient_of(exam_id: int) -> int:
    """Return the patient whose lane it is: the one a merged patient lives on as."""
    patient_id, survivor_id = Exam.objects.values_list("patient_id", "patient__survivor_id").get(
        pk=exam_id
    )
    return int(survivor_id or patient_id)
