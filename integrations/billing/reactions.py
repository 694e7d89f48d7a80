"""What billing does when it hears of something."""

from __future__ import annotations

from integrations.billing.services import capture_charge, reconsider_held_charge
from pacs_hub.kernel.origin import Origin
from worklist.mpps.events import StepCompleted
from worklist.reconcile.events import StudyReconciled


def charge_performed_step(event: StepCompleted) -> None:
    """A completed exam is charged."""
    origin = Origin.from_event(reaction="charge capture", correlation_id=event.correlation_id)
    capture_charge(exam_id=event.exam_id, origin=origin)


def release_charge_of_linked_exam(event: StudyReconciled) -> None:
    """Images that found their exam may be what its charge waited for."""
    origin = Origin.from_event(reaction="charge capture", correlation_id=event.correlation_id)
    reconsider_held_charge(exam_id=event.exam_id, origin=origin)
