"""Whom a query means: persons by name, sound and identifier, and the studies filed under them.

A study answers with the identity its objects leave with: the master's where that is verified, else
what its header says. So it is found by that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import Q, QuerySet

from archive.dicom.matching import EMPTY, AnyOf, Empty, Single, Universal, Wildcard
from archive.index.columns import NOTHING, asks, either, like
from archive.index.keys import (
    BIRTH_DATE,
    ISSUER_OF_PATIENT_ID,
    OTHER_PATIENT_IDS,
    PATIENT_ID,
    PATIENT_NAME,
    SEX,
    Match,
    Path,
    Several,
)
from archive.patients.models import Patient, PatientIdentifier
from archive.patients.rules import search_form, sounds_of

Matches = Mapping[Path, Match]

_GROUPS: Final = ("name_search", "name_ideographic", "name_phonetic")
_ONE_GROUP: Final = Q(name_ideographic="", name_phonetic="")
_SIMPLE: Final = {BIRTH_DATE: ("DA", "birth_date"), SEX: ("CS", "sex")}


def persons(matches: Matches, *, fuzzy: bool) -> Q:
    """Return what the patient keys of a query ask of a patient row that was not merged away."""
    wanted = Q(survivor__isnull=True)
    if asked := matches.get((PATIENT_NAME,)):
        wanted &= named(asked, fuzzy=fuzzy)
    for tag, (vr, column) in _SIMPLE.items():
        if asked := matches.get((tag,)):
            wanted &= asks(column, asked, vr=vr)
    for identifiers in _identifiers(matches):
        wanted &= Q(pk__in=identified(identifiers))
    return wanted


def studies(matches: Matches, *, fuzzy: bool, prefix: str) -> Q:
    """Return what the patient keys of a query ask of the study at `prefix`."""
    wanted = Q()
    verified, received = Q(**{f"{prefix}identity_verified": True}), f"{prefix}%s_received"
    unverified = ~verified
    if (asked := matches.get((PATIENT_NAME,))) and not isinstance(asked, Universal):
        of_master = Q(**{f"{prefix}patient__in": members(named(asked, fuzzy=fuzzy))})
        if fuzzy or not _is_latin(asked):  # the header's name is kept in its first form only
            wanted &= of_master
        else:
            of_header = _received_name(prefix, asked)
            wanted &= (verified & of_master) | (unverified & of_header)
    for tag, (vr, column) in _SIMPLE.items():
        if (asked := matches.get((tag,))) and not isinstance(asked, Universal):
            of_master = Q(**{f"{prefix}patient__in": members(asks(column, asked, vr=vr))})
            of_header = asks(received % column, asked, vr=vr)
            wanted &= (verified & of_master) | (unverified & of_header)
    value, issuer = matches.get((PATIENT_ID,)), matches.get((ISSUER_OF_PATIENT_ID,))
    if value == EMPTY:
        wanted &= asks(received % "patient_id", EMPTY, vr="LO")
        value = None
    for asked_ids in _identifiers(matches):
        found = Q(**{f"{prefix}patient__in": members(Q(pk__in=identified(asked_ids)))})
        if asked_ids.own:
            of_header = Q()
            if value is not None:
                of_header &= asks(received % "patient_id", value, vr="LO")
            if issuer is not None:
                of_header &= asks(received % "issuer", issuer, vr="LO")
            found |= unverified & of_header
        wanted &= found
    return wanted


def members(person: Q) -> QuerySet[Any, Any]:
    """Return the ids of the patient rows that are these persons: their own and those merged in."""
    heads = Patient.objects.filter(person, survivor__isnull=True).values("pk")
    merged = Patient.objects.filter(survivor__in=heads).values("pk")
    return heads.union(merged, all=True)


class _Identifiers:
    """What is asked of one identifier of a person: `own` is the main one, not a further one."""

    def __init__(self, value: Match | None, issuer: Match | None, *, own: bool) -> None:
        self.value, self.issuer, self.own = value, issuer, own


def _identifiers(matches: Matches) -> list[_Identifiers]:
    out = []
    for sequence, own in (((), True), ((OTHER_PATIENT_IDS,), False)):
        value = matches.get((*sequence, PATIENT_ID))
        issuer = matches.get((*sequence, ISSUER_OF_PATIENT_ID))
        if any(isinstance(m, Single | Wildcard | AnyOf | Several) for m in (value, issuer)):
            out.append(_Identifiers(value, issuer, own=own))
    return out


def identified(asked: _Identifiers) -> QuerySet[Any, Any]:
    """Return the ids of the persons who have such an identifier, or had it before a merge."""
    rows = PatientIdentifier.objects.all()
    if asked.value is not None:
        rows = rows.filter(asks("value", asked.value, vr="LO"))
    if asked.issuer is not None:
        rows = rows.filter(asks("issuer", asked.issuer, vr="LO"))
    own = rows.filter(patient__survivor__isnull=True).values("patient_id")
    merged = rows.filter(patient__survivor__isnull=False).values("patient__survivor_id")
    return own.union(merged, all=True)


def named(match: Match, *, fuzzy: bool) -> Q:
    """Return what a name asks of a patient row: no case, no accents (PS3.4 C.2.2.2.1.1).

    A name of several groups asks each of its groups, one of a single group asks any of them.
    """
    if isinstance(match, Several):
        return either([named(each, fuzzy=fuzzy) for each in match.matches])
    if isinstance(match, Empty):
        return Q(name="")
    if not isinstance(match, Single | Wildcard):
        return Q()
    text = match.pattern if isinstance(match, Wildcard) else match.value
    literal = _literally(text)
    return literal | _sounding(text) if fuzzy else literal


def _literally(text: str) -> Q:
    groups = [search_form(group) for group in text.split("=")]
    if len(groups) == 1:
        first = _group(_GROUPS[0], groups[0])
        if groups[0].isascii():
            return first
        return either([first, *(_group(column, groups[0]) for column in _GROUPS[1:])])
    wanted = Q()
    for column, group in zip(_GROUPS, groups, strict=False):
        if group.strip("* "):
            wanted &= _group(column, group)
    return wanted


def _group(column: str, folded: str) -> Q:
    """Return the condition on one group; the first column has the other groups behind it."""
    ways = [_form(column, folded)]
    if folded.endswith(" *"):  # "DOE^*" is also met by a person without a given name
        ways.append(_form(column, folded[:-2]))
    if column == _GROUPS[0] and not folded.endswith("*"):
        ways.append(like(column, f"{folded} *") & ~_ONE_GROUP)
    return either(ways)


def _form(column: str, folded: str) -> Q:
    is_pattern = "*" in folded or "?" in folded
    return like(column, folded) if is_pattern else Q(**{column: folded})


def _received_name(prefix: str, match: Match) -> Q:
    """Return what a name asks of the name of a header, kept in its search form."""
    column = f"{prefix}name_search_received"
    if isinstance(match, Several):
        return either([_received_name(prefix, each) for each in match.matches])
    if isinstance(match, Empty):
        return Q(**{column: ""})
    if not isinstance(match, Single | Wildcard):
        return Q()
    text = match.pattern if isinstance(match, Wildcard) else match.value
    folded = search_form(text.split("=", 1)[0])
    ways = [_form(column, folded)]
    if folded.endswith(" *"):
        ways.append(Q(**{column: folded[:-2]}))
    if not folded.endswith("*"):
        of_groups = Q(**{f"{prefix}patient_name_received__contains": "="})
        ways.append(like(column, f"{folded} *") & of_groups)
    return either(ways)


def _sounding(text: str) -> Q:
    """Return the condition that family name and given names sound like these.

    The family name comes first, with or without the "^" behind it.
    """
    family, caret, given = text.split("=", 1)[0].partition("^")
    words = sounds_of(family.replace("*", " ").replace("?", " ")).split()
    later = sounds_of(given.replace("*", " ").replace("?", " ").replace("^", " ")).split()
    if not caret:
        words, later = words[:1], words[1:]
    if not words and not later:
        return NOTHING
    wanted = Q()
    if words:
        start = " ".join(words)
        wanted &= Q(name_sounds=start) | like("name_sounds", f"{start} *")
    for word in later:
        wanted &= like("name_sounds", f"* {word}*")
    return wanted


def _is_latin(match: Match) -> bool:
    if isinstance(match, Several):
        return all(_is_latin(each) for each in match.matches)
    text = match.pattern if isinstance(match, Wildcard) else getattr(match, "value", "")
    return "=" not in text.rstrip("=") and search_form(text).isascii()
