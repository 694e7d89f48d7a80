"""What happened to patients."""

from __future__ import annotations

from dataclasses import dataclass

from pacs_hub.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class PatientUpdated(Event):
    """A patient was registered, or their demographics changed."""

    patient_id: int

    @property
    def stream(self) -> str:
        """All that happens to one patient stays in order."""
        return f"patient:{self.patient_id}"
