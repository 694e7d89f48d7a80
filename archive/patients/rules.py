"""What is known of a patient from outside, and how names are compared; pure."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from difflib import SequenceMatcher
from typing import Any, Final

# How written letters sound in the languages of Europe, first match first; then vowels go.
_SOUNDS: Final = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"^(kn|gn|pn)", "n"),
        (r"^wr", "r"),
        (r"^mac|^mc", "mk"),
        (r"ph|v|w|pf", "f"),
        (r"gh(?=t)|gh$", ""),
        (r"sch|sh|ch(?=r)|cz|cs|s[zc](?=[eiy])", "s"),
        (r"ck|c(?=[aouklr])|kh|q|ch|g(?=[aoulrn]|$)|c(?![eiy])", "k"),
        (r"c|z|ß|x", "s"),
        (r"dt|th|d", "t"),
        (r"b", "p"),
        (r"y", "i"),
        (r"g|j", "k"),
        (r"(?<=.)h", ""),
    )
)
_VOWELS: Final = re.compile(r"[aeiouäöüæøœ]+")
_TWICE: Final = re.compile(r"(.)\1+")

UNIDENTIFIED: Final = "UNIDENTIFIED"
"""Issuer of the stand-in identifiers of images that name no patient."""


@dataclass(frozen=True, kw_only=True)
class Identifier:
    """A patient identifier and the authority that issued it (PID-3.1, PID-3.4, PID-3.5)."""

    value: str
    issuer: str
    type_code: str = ""
    universal_id: str = ""
    universal_id_type: str = ""


Listed = tuple[Mapping[str, str], ...]
"""A list as it is kept: each entry a mapping of plain texts."""


@dataclass(frozen=True, kw_only=True)
class PatientDetails:
    """What is kept of a patient beside who they are. None: not said; "" and () clear.

    Names are DICOM PNs. A list is a snapshot: it takes the place of the one that is stored.
    `clears` names the moments among them that are cleared.
    """

    other_names: Listed | None = None
    mother_birth_name: str | None = None
    birth_time: time | None = None
    died_at: datetime | None = None
    addresses: Listed | None = None
    phones: Listed | None = None
    work_phones: Listed | None = None
    language: str | None = None
    marital_status: str | None = None
    allergies: Listed | None = None
    medical_alerts: Listed | None = None
    comments: str | None = None
    clears: frozenset[str] = frozenset()

    def said(self) -> dict[str, Any]:
        """Return what is said, column by column, as it is kept."""
        out: dict[str, Any] = dict.fromkeys(self.clears)
        for name, value in vars(self).items():
            if name != "clears" and value is not None:
                out[name] = [dict(each) for each in value] if isinstance(value, tuple) else value
        return out


@dataclass(frozen=True, kw_only=True)
class PatientFacts:
    """Demographics as one source tells them. None: not said, keep what is stored; "" clears.

    `name` is a DICOM PN; `sex` is M, F, O or ""; `birth_date_partial` is YYYY or YYYYMM.
    """

    identifiers: tuple[Identifier, ...]
    name: str | None = None
    birth_date: date | None = None
    birth_date_partial: str = ""
    clear_birth_date: bool = False
    sex: str | None = None
    account_number: str | None = None
    details: PatientDetails = PatientDetails()


@dataclass(frozen=True, kw_only=True)
class PersonKeys:
    """Who is looked for; "" and None say nothing. `open_ended` names match what they begin."""

    identifier: str = ""
    issuer: str = ""
    family: str = ""
    given: str = ""
    open_ended: bool = False
    born_from: date | None = None
    born_to: date | None = None
    sex: str = ""
    account_number: str = ""
    issuers: tuple[str, ...] = ()

    @property
    def is_narrow(self) -> bool:
        """Say whether an index finds them: an identifier, a family name, a birthday, an account."""
        return bool(self.identifier or self.family or self.born_from or self.account_number)


def is_stale(event_at: datetime | None, *, heard: Mapping[str, str], sender: str) -> bool:
    """Say whether this sender told of something later before; clocks of two are not compared."""
    last = heard.get(sender)
    return bool(event_at and last and event_at < datetime.fromisoformat(last))


def search_form(name: str) -> str:
    """Return a PN folded for search: no case, no accents, separators as single spaces."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(letters.replace("^", " ").replace("=", " ").replace(",", " ").split())


@dataclass(frozen=True, kw_only=True)
class NameForms:
    """A PN as it is searched: all of it, its 2nd and 3rd group, and how its words sound."""

    name_search: str
    name_ideographic: str
    name_phonetic: str
    name_sounds: str


@functools.lru_cache(maxsize=4096)  # one person is told of many times a day
def name_forms(name: str) -> NameForms:
    """Return the forms of a PN that are kept beside it (PS3.5 6.2.1)."""
    groups = [*name.split("="), "", ""]
    return NameForms(
        name_search=search_form(name),
        name_ideographic=search_form(groups[1]),
        name_phonetic=search_form(groups[2]),
        name_sounds=sounds_of(groups[0] or name),
    )


def sounds_of(name: str) -> str:
    """Return how the words of a name sound, in their order: Meyer, Maier and Mayr are one."""
    return " ".join(_sound(word) for word in search_form(name).replace("-", " ").split())


def _sound(word: str) -> str:
    """Return the consonants of a word by kind; a vowel counts where the word begins with it."""
    letters = word
    for pattern, sound in _SOUNDS:
        letters = pattern.sub(sound, letters)
    if not letters:
        return word
    first = "a" if _VOWELS.match(letters) else letters[0]
    return _TWICE.sub(r"\1", first + _VOWELS.sub("", letters[1:]))


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
