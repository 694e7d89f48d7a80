"""What is known of a patient from outside, and how names are compared; pure."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher


@dataclass(frozen=True, kw_only=True)
class Identifier:
    """A patient identifier and the authority that issued it (PID-3.1, PID-3.4.1, PID-3.5)."""

    value: str
    issuer: str
    type_code: str = ""


@dataclass(frozen=True, kw_only=True)
class PatientFacts:
    """Demographics as one source tells them. None: not said, keep what is stored; "" clears.

    `name` is a DICOM PN; `sex` is M, F, O or "".
    """

    identifiers: tuple[Identifier, ...]
    name: str | None = None
    birth_date: date | None = None
    clear_birth_date: bool = False
    sex: str | None = None
    account_number: str | None = None


def search_form(name: str) -> str:
    """Return a PN folded for search: no case, no accents, separators as single spaces."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(letters.replace("^", " ").replace("=", " ").replace(",", " ").split())


def name_similarity(left: str, right: str) -> float:
    """Return 0 to 1: how alike two PNs are, family and given in either order."""
    a, b = _first_group(left), _first_group(right)
    if not a or not b:
        return 0.0
    return SequenceMatcher(None, " ".join(a), " ".join(b)).ratio()


def _first_group(name: str) -> list[str]:
    """Return the folded words of the alphabetic group, else of the first group that is there."""
    groups = [group for group in name.split("=") if group.strip("^ ")]
    return sorted(search_form(groups[0]).split()) if groups else []
