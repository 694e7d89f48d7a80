"""What the inbox tells the rest of the HL7 doors."""

from __future__ import annotations

from dataclasses import dataclass

from pacs_hub.kernel.events import Event


@dataclass(frozen=True, kw_only=True)
class ApplicationAnswered(Event):
    """The application settled a message of enhanced mode; its answer goes out on our connection."""

    message_id: int
    peer: str

    @property
    def stream(self) -> str:
        """Answers to one sender stay in order."""
        return f"hl7-peer:{self.peer}"
