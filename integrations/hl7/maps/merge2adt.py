"""Two patients that became one to ADT^A40 (HL7 v2.5.1 3.3.40, MRG 3.4.9; RAD-12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from integrations.hl7.maps import names, outgoing
from integrations.hl7.maps.outgoing import Envelope, Incomplete, Person
from integrations.hl7.message import Repeats, Value, build_message, build_segment


@dataclass(frozen=True, kw_only=True)
class LoserFacts:
    """Who the survivor was also known as: identifiers as (value, issuer, type), name as a PN."""

    identifiers: tuple[tuple[str, str, str], ...]
    name: str = ""


def adt_a40(*, envelope: Envelope, survivor: Person, loser: LoserFacts, at: datetime) -> str:
    """Write the whole message: PID survives, MRG does not.

    Raises:
        Incomplete: one of them has no identifier, or the survivor has no name.
    """
    if not loser.identifiers:
        raise Incomplete("the merged patient has no identifier", field="MRG-1")
    return build_message(
        [
            outgoing.header(envelope, code="ADT", event="A40", structure="ADT_A39"),
            outgoing.event(envelope, code="A40", at=at),
            outgoing.patient(survivor, version=envelope.version),
            _merged(loser, envelope),
        ]
    )


def _merged(loser: LoserFacts, envelope: Envelope) -> str:
    fields: dict[int, Value] = {1: outgoing.identifiers(loser.identifiers)}
    if loser.name and envelope.since("2.3"):
        fields[7] = Repeats(tuple(names.xpns(loser.name)))
    return build_segment("MRG", fields)
