"""Whether two records can be of one person: what is asked before patients are merged; pure."""

from __future__ import annotations

from datetime import date
from difflib import SequenceMatcher
from typing import Final, Protocol

from archive.patients.rules import search_form


class Person(Protocol):
    """Who somebody is, stored or told."""

    @property
    def name(self) -> str | None: ...
    @property
    def birth_date(self) -> date | None: ...
    @property
    def sex(self) -> str | None: ...


UNLIKE: Final = 0.5
"""Family names less alike than this are of two people, where the dates of birth differ too."""


def look_different(one: Person, other: Person) -> tuple[str, ...]:
    """Return why the two can hardly be one person; empty where they may well be.

    Date of birth and sex both differ, or the date of birth does and the family names are unlike.
    What one of them does not say is no difference.
    """
    born = one.birth_date and other.birth_date and one.birth_date != other.birth_date
    if not born:
        return ()
    reasons = ["the dates of birth differ"]
    if {one.sex, other.sex} == {"M", "F"}:
        reasons.append("one is male, the other female")
    alike = family_similarity(one.name or "", other.name or "")
    if alike is not None and alike < UNLIKE:
        reasons.append("the family names are not alike")
    return tuple(reasons) if len(reasons) > 1 else ()


def family_similarity(left: str, right: str) -> float | None:
    """Return 0 to 1: how alike two family names are, in the group of the PN that is most alike.

    None where they have no group in common: a name in Latin letters says nothing of one in kanji.
    """
    pairs = [
        (search_form(a.split("^")[0]), search_form(b.split("^")[0]))
        for a, b in zip(left.split("="), right.split("="), strict=False)
    ]
    ratios = [SequenceMatcher(None, a, b).ratio() for a, b in pairs if a and b]
    return max(ratios, default=None)
