"""From a performed procedure to what is charged for it; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class PerformedFacts:
    """What is known of the procedure when its charge falls due."""

    code: str
    scheme: str
    name: str
    cpt: str
    in_catalogue: bool
    images_in_conflict: bool = False


@dataclass(frozen=True, kw_only=True)
class LineFacts:
    """One code to bill."""

    code: str
    scheme: str
    text: str
    cpt: str
    quantity: int = 1


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The lines of the charge, and why it is held, or "" when it may leave."""

    lines: tuple[LineFacts, ...]
    hold_reason: str = ""


def decide(performed: PerformedFacts) -> Decision:
    """Return what to charge, or why a person has to look first."""
    if not performed.in_catalogue:
        return Decision(lines=(), hold_reason=f"procedure {performed.code} is not in the catalogue")
    if performed.images_in_conflict:
        return Decision(lines=(), hold_reason="images of another patient")
    line = LineFacts(
        code=performed.code, scheme=performed.scheme, text=performed.name, cpt=performed.cpt
    )
    return Decision(lines=(line,))


def transaction_id(*, charge_number: int) -> str:
    """Return FT1-2 for charge number `charge_number`; it never changes and is never used twice."""
    return f"C{charge_number:011d}"


@dataclass(frozen=True, kw_only=True)
class ExternalFacts:
    """A charge as another system tells of it (DFT^P03, FT1). `direction` is CG or CD."""

    transaction_id: str
    service_at: datetime
    direction: str
    code: str
    text: str = ""
    procedure_code: str = ""
    quantity: str = ""
    order_number: str = ""
    placer_order_number: str = ""
    accession_number: str = ""
    account_number: str = ""
