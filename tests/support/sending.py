"""What is due goes out, at once or when its time has come."""

from __future__ import annotations

from datetime import datetime, timedelta

from integrations.billing.services import capture_charge
from integrations.hl7.outbound import sender, services
from integrations.hl7.outbound.models import OutboundLine, OutboundMessage
from integrations.hl7.outbound.queries import lines_due
from pacs_hub.kernel import clock
from tests.support.builders import HIS, an_exam
from tests.support.mllp_door import a_receiver, a_site


def send(*, at_once: bool = True, answer_seconds: float = 0.3) -> int:
    """Have one conversation with each receiver for whom something is due; the answered ones."""
    if at_once:
        OutboundMessage.objects.update(next_attempt_at=clock.now())
        OutboundLine.objects.update(next_attempt_at=None)
    names = lines_due(now=clock.now(), most=50)
    return sum(sender.converse(name, answer_seconds=answer_seconds) for name in names)


def a_queued_charge(receiver_port: int, **over: object) -> OutboundMessage:
    """Queue the charge of a new exam for a billing system on this port."""
    a_site()
    a_receiver(port=receiver_port, **over)
    charge = capture_charge(exam_id=an_exam().pk, origin=HIS)
    (row,) = services.queue_dft(charge_id=charge.pk, correlation_id="c1")
    return row


class MovedClock:
    """A clock that a test moves; put it in the place of `clock.now`."""

    def __init__(self, start: datetime) -> None:
        self.time = start

    def now(self) -> datetime:
        """Return the moved time."""
        return self.time

    def pass_(self, span: timedelta) -> None:
        """Let time pass."""
        self.time += span
