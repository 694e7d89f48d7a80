"""How one sender is listened to: the inbound keys of an [[hl7_peer]]; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

ACK, ORDER = "ack", "order"
RESPONSE_STYLES: Final = (ACK, ORDER)
FULL: Final = "full"
SNAPSHOTS: Final = ("", FULL)
ARRIVAL_EVENTS: Final = ("", "A04", "A10")
OUTBOUND, SOCKET = "outbound", "socket"
APPLICATION_ACKS: Final = (OUTBOUND, SOCKET)
PROCESSING_IDS: Final = ("P", "T", "D")


@dataclass(frozen=True, kw_only=True)
class LinkOptions:
    """The inbound keys of a peer, each with its default."""

    default_issuer: str = ""  # of identifiers without an assigning authority; "": the site's
    processing_ids: tuple[str, ...] = ("P",)
    arrival_event: str = ""
    create_on_update: bool = True
    trust_mpi: bool = False
    response_style: str = ACK
    snapshot: str = ""
    filler_is_accession: bool = False  # ORC-3 is the accession number where none is sent
    queries: bool = False  # may ask who somebody is (PDQ, PIX)
    wildcards: bool = False  # a name it asks for may end in *
    siu_creates_order: bool = False
    cancel_order_with_appointment: bool = False
    application_ack: str = OUTBOUND
    time_zone: str = ""  # of times without an offset; "": the site's
    shadow: bool = False

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        """Read what a peer's options say of listening; other keys are somebody else's."""
        said = {key: options[key] for key in cls.__dataclass_fields__ if key in options}
        if "processing_ids" in said:
            said["processing_ids"] = tuple(said["processing_ids"])
        return cls(**said)
