"""Queue messages, once each, in the transaction of what they tell of."""

from integrations.hl7.outbound.services._answers import queue_answer
from integrations.hl7.outbound.services._by_hand import (
    NotToBeSentAgain,
    NotToBeSkipped,
    PeerNotConfigured,
    resend,
    skip,
)
from integrations.hl7.outbound.services._charges import queue_dft, queue_waiting_charges
from integrations.hl7.outbound.services._exams import (
    queue_images,
    queue_order_status,
    queue_report,
    queue_schedule,
)
from integrations.hl7.outbound.services._patients import queue_merge, queue_patient
from integrations.hl7.outbound.services._queue import SEND_TASK, Teller

__all__ = [
    "SEND_TASK",
    "NotToBeSentAgain",
    "NotToBeSkipped",
    "PeerNotConfigured",
    "Teller",
    "queue_answer",
    "queue_dft",
    "queue_images",
    "queue_merge",
    "queue_order_status",
    "queue_patient",
    "queue_report",
    "queue_schedule",
    "queue_waiting_charges",
    "resend",
    "skip",
]
