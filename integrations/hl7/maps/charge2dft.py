"""A charge to DFT^P03, RAD-35 Charge Posted (HL7 v2.5.1 6.3.1, FT1 6.5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from integrations.hl7.maps import names, outgoing, times
from integrations.hl7.maps.outgoing import Envelope, Incomplete, Person, Visit
from integrations.hl7.message import Value, build_message, build_segment

CHARGE: Final = "CG"  # table 0017
CPT: Final = "C4"  # table 0396
HCPCS: Final = "HCPCS"


@dataclass(frozen=True, kw_only=True)
class LineFacts:
    """One billed code."""

    code: str
    scheme: str
    text: str
    cpt: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class ChargeFacts:
    """A charge and what it is for. `transaction_id` is FT1-2 and never changes."""

    transaction_id: str
    service_at: datetime
    filler_order_number: str
    performed_by_id: str
    performed_by_name: str
    ordering_provider_id: str
    ordering_provider_name: str
    lines: tuple[LineFacts, ...]


def dft_p03(*, envelope: Envelope, person: Person, visit: Visit, charge: ChargeFacts) -> str:
    """Write the whole message.

    Raises:
        Incomplete: something the receiver needs is not known.
    """
    if not charge.lines:
        raise Incomplete("the charge has no line", field="FT1")
    return build_message(
        [
            outgoing.header(envelope, code="DFT", event="P03", structure="DFT_P03"),
            outgoing.event(envelope, code="P03"),
            outgoing.patient(person, version=envelope.version),
            outgoing.visit(visit, envelope),
            *(
                _ft1(number, line, charge, visit, envelope)
                for number, line in enumerate(charge.lines, start=1)
            ),
        ]
    )


def _ft1(
    number: int, line: LineFacts, charge: ChargeFacts, visit: Visit, envelope: Envelope
) -> str:
    needed = {
        "FT1-2": charge.transaction_id,
        "FT1-7": line.code,
        "FT1-23": charge.filler_order_number,
        "FT1-25": line.cpt,
    }
    for field, value in needed.items():
        if not value:
            raise Incomplete(f"{field} would be empty", field=field)
    if line.quantity < 1:
        raise Incomplete("FT1-10 would not be positive", field="FT1-10")
    fields: dict[int, Value] = {
        1: str(number),
        2: charge.transaction_id if number == 1 else f"{charge.transaction_id}-{number}",
        4: times.written(charge.service_at, zone=envelope.zone),
        5: times.written(envelope.at, zone=envelope.zone),
        6: CHARGE,
        7: (line.code, line.text, line.scheme),
        10: str(line.quantity),
        16: visit.location,
        18: visit.patient_class,
        20: _provider(charge.performed_by_id, charge.performed_by_name),
        21: _provider(charge.ordering_provider_id, charge.ordering_provider_name),
        23: charge.filler_order_number,
        25: (line.cpt, line.text, CPT if line.cpt[0].isdigit() else HCPCS),
    }
    if len(charge.lines) > 1 and envelope.since("2.5"):
        fields[31] = charge.transaction_id  # the lines belong together
    return build_segment("FT1", fields)


def _provider(identifier: str, name: str) -> Value:
    return names.xcn(identifier, name) if identifier or name else ""
