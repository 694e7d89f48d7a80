"""What a receiver's acknowledgement says (HL7 v2.5.1 2.9, 2.15.8); pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from integrations.hl7 import charset
from integrations.hl7.message import Message
from pacs_hub.kernel.errors import Malformed

GOOD: Final = ("AA", "CA")
INTERNAL_ERROR: Final = "207"


@dataclass(frozen=True)
class Answer:
    """MSA-1, MSA-2, the words, and the table 0357 condition."""

    code: str
    control_id: str
    text: str
    condition: str

    @property
    def accepted(self) -> bool:
        """Say whether the receiver took the message."""
        return self.code in GOOD

    @property
    def failure(self) -> str:
        """Return the code `pacs_hub.outbox.backoff` knows; AR 207 alone is worth another try."""
        if self.code in ("AR", "CR"):
            return "ack-AR-207" if self.condition == INTERNAL_ERROR else "ack-AR"
        return "ack-AE"


def read(frame: bytes) -> Answer | None:
    """Return what an acknowledgement says; None where the frame is none."""
    try:
        message = Message(charset.decode(frame, declared=[]))
    except Malformed:
        return None
    if message.first("MSA") is None:
        return None
    condition = message.get_first("ERR-3.1", "ERR-1.4.1", "MSA-6.1")
    text = message.get_first("MSA-3", "ERR-8", "ERR-7", "ERR-3.2", "ERR-1.4.2", "MSA-6.2")
    return Answer(message.get("MSA-1").upper(), message.get("MSA-2"), text, condition)


def answers(frame: bytes, *, control_id: str) -> bool:
    """Say whether `frame` answers the message `control_id`; some receivers leave MSA-2 empty."""
    answer = read(frame)
    return answer is not None and bool(answer.code) and answer.control_id in (control_id, "")
