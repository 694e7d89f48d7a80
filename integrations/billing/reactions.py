"""What billing does when it hears of something."""

from __future__ import annotations

from integrations.billing.services import capture_charge
from pacs_hub.kernel.origin import Origin
from worklist.mpps.events import StepCompleted


def charge_performed_step(event: StepCompleted) -> None:
    """A completed exam is charged."""
    origin = Origin.from_event(reaction="charge capture", correlation_id=event.correlation_id)
    capture_charge(exam_id=event.exam_id, origin=origin)
