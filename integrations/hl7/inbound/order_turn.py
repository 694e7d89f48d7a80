"""One order of a message in hand: what is asked, of whom, and what came of it so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from archive.models import Patient
from integrations.hl7.inbound import keys
from integrations.hl7.inbound.context import Context, Effect, Parked, warning
from integrations.hl7.maps.order_control import Rule
from integrations.hl7.maps.order_groups import OrderGroup
from integrations.hl7.message import Message
from worklist.intake.services import Note
from worklist.models import Order

CONDITIONS: Final[dict[str, tuple[str, str]]] = {"unmapped-code": ("103", "OBR-4")}
"""What intake notes, as a condition of table 0357 and a place; anything else is 0."""


@dataclass
class Case:
    """What the orders of one message have in common; `replaced` is what the last RP ended."""

    message: Message
    context: Context
    patient: Patient | None
    replaced: Order | None = None
    parent: str = ""
    answers: list[tuple[str, OrderGroup, str]] = field(default_factory=list)  # ORC-1, and ORC-5


@dataclass(frozen=True)
class Turn:
    """One order of the message, and the row of the table it falls under."""

    case: Case
    group: OrderGroup
    rule: Rule

    @property
    def control(self) -> str:
        """Return ORC-1."""
        return self.group.control.upper()

    def parked(self) -> Parked:
        """Return the error that lets the message wait for this order."""
        facts = self.group.facts
        return Parked(
            "no order has this number here yet",
            keys=keys.order(
                filler_number=facts.filler_order_number,
                filler_namespace=facts.filler_namespace,
                placer_number=facts.placer_order_number,
                placer_namespace=facts.placer_namespace,
                accession_number=facts.accession_number,
                issuer=facts.issuer_of_accession_number or self.case.context.site.facility,
            ),
            field="ORC-3" if facts.filler_order_number else "ORC-2",
        )


def remarks(notes: Iterable[Note]) -> list[Effect]:
    """Return what intake noted as warnings."""
    found = []
    for note in notes:
        condition, place = CONDITIONS.get(note.code, ("0", "ORC-1"))
        found.append(warning(note.text, condition=condition, field=place))
    return found
