"""Orders as a sender tells them, and the table of their states; pure."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Code:
    """A coded entry (HL7 CE/CWE; DICOM code sequence item)."""

    value: str
    scheme: str
    meaning: str = ""


@dataclass(frozen=True, kw_only=True)
class StepFacts:
    """One scheduled procedure step of an order; empty means the sender did not say."""

    scheduled_procedure_step_id: str = ""
    station_ae_title: str = ""
    modality: str = ""
    start: datetime | None = None
    description: str = ""
    protocol: Code | None = None
    performing_physician_name: str = ""


@dataclass(frozen=True, kw_only=True)
class OrderFacts:
    """One ORC/OBR group, or one FHIR ServiceRequest. Empty means the sender did not say.

    `event_at` is the sender's own time of the event (ORC-9, else MSH-7).
    """

    placer_order_number: str = ""
    placer_namespace: str = ""
    filler_order_number: str = ""
    filler_namespace: str = ""
    accession_number: str = ""
    requested_procedure_id: str = ""
    study_instance_uid: str = ""
    procedure: Code | None = None
    modality: str = ""
    priority: str = ""
    reason: str = ""
    visit_number: str = ""
    account_number: str = ""
    patient_class: str = ""
    location: str = ""
    ordering_provider_id: str = ""
    ordering_provider_name: str = ""
    referring_physician_name: str = ""
    sending_application: str = ""
    sending_facility: str = ""
    event_at: datetime | None = None
    steps: tuple[StepFacts, ...] = field(default_factory=tuple)


# Our order state table, docs/conformance.md; (state, command) -> state. HL7 table 0119 commands
# are mapped to these commands in integrations/hl7/maps/order_control.py.
ORDER_TRANSITIONS: Final[dict[tuple[str, str], str]] = {
    ("new", "change"): "new",
    ("new", "schedule"): "scheduled",
    ("new", "start"): "in_progress",
    ("new", "complete"): "completed",
    ("new", "cancel"): "cancelled",
    ("new", "discontinue"): "discontinued",
    ("new", "hold"): "on_hold",
    ("scheduled", "change"): "scheduled",
    ("scheduled", "schedule"): "scheduled",
    ("scheduled", "start"): "in_progress",
    ("scheduled", "complete"): "completed",
    ("scheduled", "cancel"): "cancelled",
    ("scheduled", "discontinue"): "discontinued",
    ("scheduled", "hold"): "on_hold",
    ("on_hold", "change"): "on_hold",
    ("on_hold", "schedule"): "on_hold",
    ("on_hold", "release"): "scheduled",
    ("on_hold", "start"): "in_progress",
    ("on_hold", "complete"): "completed",
    ("on_hold", "cancel"): "cancelled",
    ("on_hold", "discontinue"): "discontinued",
    ("in_progress", "change"): "in_progress",
    ("in_progress", "start"): "in_progress",
    ("in_progress", "complete"): "completed",
    ("in_progress", "discontinue"): "discontinued",
    ("completed", "change"): "completed",
    ("completed", "complete"): "completed",
    ("completed", "start"): "in_progress",
    ("cancelled", "change"): "cancelled",
    ("cancelled", "cancel"): "cancelled",
    ("cancelled", "start"): "in_progress",
    ("discontinued", "change"): "discontinued",
    ("discontinued", "discontinue"): "discontinued",
    ("discontinued", "start"): "in_progress",
}

ACCESSION_MAX: Final = 16
UID_PATTERN: Final = re.compile(r"[0-2](\.(0|[1-9]\d*))+")


def next_state(state: str, command: str) -> str | None:
    """Return the state `command` leads to, or None where the table forbids it."""
    return ORDER_TRANSITIONS.get((state, command))


def is_uid(value: str) -> bool:
    """Say whether `value` is a DICOM UID (PS3.5 9.1)."""
    return len(value) <= 64 and UID_PATTERN.fullmatch(value) is not None


def new_study_instance_uid() -> str:
    """Return a fresh UID under 2.25 (PS3.5 B.2)."""
    return f"2.25.{uuid.uuid4().int}"


def accession_number(*, facility: str, year: int, number: int) -> str:
    """Return an accession number such as GH260000017: at most 16 characters, no wildcard."""
    prefix = re.sub(r"[^A-Z0-9]", "", facility.upper())[:4] or "HUB"
    return f"{prefix}{year % 100:02d}{number:07d}"
