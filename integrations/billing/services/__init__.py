"""Capture charges, follow them to the answer of billing, and hear what other systems charge."""

from integrations.billing.services._capture import (
    TECHNICAL,
    capture_charge,
    reconsider_held_charge,
    record_charge_answer,
    record_charge_sent,
)
from integrations.billing.services._echo import Echo, confirm_charge, record_external_charge

__all__ = [
    "TECHNICAL",
    "Echo",
    "capture_charge",
    "confirm_charge",
    "reconsider_held_charge",
    "record_charge_answer",
    "record_charge_sent",
    "record_external_charge",
]
