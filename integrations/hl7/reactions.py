"""What goes out over HL7 when something has happened; each once, by its natural key."""

from __future__ import annotations

from integrations.billing.events import ChargeCaptured
from integrations.hl7.maps.step2status import ORDER_STATUS
from integrations.hl7.outbound import services as outbound
from worklist.mpps.events import StepCompleted, StepDiscontinued, StepStarted


def announce_order_started(event: StepStarted) -> None:
    """Who subscribed hears that the exam is in progress (RAD-3, ORC-5 IP)."""
    _announce(event, "in_progress")


def announce_order_completed(event: StepCompleted) -> None:
    """Who subscribed hears that the exam is completed (RAD-3, ORC-5 CM)."""
    _announce(event, "completed")


def announce_order_discontinued(event: StepDiscontinued) -> None:
    """Who subscribed hears that the exam was stopped (RAD-3, ORC-5 DC)."""
    _announce(event, "discontinued")


def send_charge(event: ChargeCaptured) -> None:
    """The billing system hears of the charge (RAD-35)."""
    outbound.queue_dft(charge_id=event.charge_id, correlation_id=event.correlation_id)


def _announce(event: StepStarted | StepCompleted | StepDiscontinued, status: str) -> None:
    outbound.queue_order_status(
        exam_id=event.exam_id,
        status=ORDER_STATUS[status],
        at=event.occurred_at,
        correlation_id=event.correlation_id,
    )
