"""What is agreed on for C-FIND when an association is made (PS3.4 C.5.1.1.1; PS3.7 D.3.3.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# Relational queries, date and time as one, fuzzy names, time zones, conversion of enhanced
# multi-frame objects, empty and multiple value matching: what of it we do (PS3.4 C.5.1.1.1).
_OURS: Final = bytes((1, 1, 1, 1, 0, 1, 1))


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """What was agreed on when the association was made."""

    relational: bool = False
    combined: bool = False
    fuzzy: bool = False
    zones: bool = False
    empty: bool = False
    several: bool = False


def answer_extended(asked: bytes) -> bytes:
    """Answer extended negotiation: byte for byte what is asked and what we do."""
    return bytes(int(a == 1 and b == 1) for a, b in zip(asked, _OURS, strict=False))


def agreed(asked: bytes) -> Agreed:
    """Return what is in force for a caller that asked for this."""
    relational, combined, fuzzy, zones, _, empty, several = answer_extended(asked).ljust(7, b"\0")
    return Agreed(
        relational=bool(relational),
        combined=bool(combined),
        fuzzy=bool(fuzzy),
        zones=bool(zones),
        empty=bool(empty),
        several=bool(several),
    )
