"""What one looks for among messages, whichever way they went."""

from __future__ import annotations

from dataclasses import dataclass

from pacs_hub.kernel.errors import Unknown


class NoSuchMessage(Unknown):
    """There is no such message."""

    code = "no-such-message"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to look for; empty means any. `q` is a control id, a peer or a type."""

    peer: str = ""
    message_type: str = ""
    control_id: str = ""
    state: str = ""
    ack_code: str = ""
    q: str = ""

    def columns(self, *, peer: str, state: str) -> dict[str, str]:
        """Return the exact conditions; `peer` and `state` name those columns of the table."""
        exact = {
            peer: self.peer,
            "message_type": self.message_type,
            "control_id": self.control_id,
            state: self.state,
            "ack_code": self.ack_code,
        }
        return {name: value for name, value in exact.items() if value}
