"""How long we wait, and how much we take, on an association."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Times in seconds, sizes in bytes; the defaults suit modalities that stay connected."""

    artim_seconds: float = 30.0  # PS3.8 9.1.4: first PDU, and the peer's close after the last
    idle_seconds: float = 600.0  # between messages; many modalities keep one association open
    stall_seconds: float = 60.0  # inside a PDU or a message
    stop_seconds: float = 5.0  # for the message in hand when we are told to stop
    max_pdu: int = 262_144  # what we advertise
    pdu_slack: int = 1_048_576  # what we tolerate above it
    max_request: int = 393_216  # an A-ASSOCIATE-RQ: 128 contexts of 40 transfer syntaxes, twice
    max_command: int = 65_536
    max_in_memory: int = 16_777_216  # a data set that is not spooled
    max_spooled: int = 20 * 1024**3
    max_associations: int = 200
    max_associations_per_ae: int = 10

    @property
    def largest_pdu(self) -> int:
        """The longest PDU that is read at all."""
        return self.max_pdu + self.pdu_slack
