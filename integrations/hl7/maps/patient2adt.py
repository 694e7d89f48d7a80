"""A patient whose demographics changed to ADT^A31 or ADT^A08 (HL7 v2.5.1 3.3.31, 3.3.8; ITI-30)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from integrations.hl7.maps import outgoing
from integrations.hl7.maps.outgoing import Envelope, Person
from integrations.hl7.message import build_message, build_segment

STRUCTURES: Final[dict[str, str]] = {"A31": "ADT_A05", "A08": "ADT_A01"}
NO_VISIT: Final = "N"  # table 0004: not applicable


def adt_update(*, event: str, envelope: Envelope, person: Person, at: datetime) -> str:
    """Write ADT^A31 (the person) or ADT^A08 (the patient, in no visit of ours).

    Raises:
        Incomplete: the patient has no identifier or no name.
    """
    return build_message(
        [
            outgoing.header(envelope, code="ADT", event=event, structure=STRUCTURES[event]),
            outgoing.event(envelope, code=event, at=at),
            outgoing.patient(person, version=envelope.version),
            build_segment("PV1", {1: "1", 2: NO_VISIT}),
        ]
    )
