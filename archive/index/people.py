"""Whom a query means: persons by their keys, and the studies filed under them.

A study answers with the identity its objects leave with: the master's where that is verified, else
what its header says. So it is found by that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import Q, QuerySet

from archive.dicom.matching import EMPTY, UNIVERSAL, AnyOf, Single, Universal, Wildcard
from archive.index.columns import asks
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
from archive.index.names import as_received, is_latin, named
from archive.patients.models import Patient, PatientIdentifier
from archive.store.models import Study

Matches = Mapping[Path, Match]

Ids = QuerySet[Any, Any]
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
    for found in (_named(matches, fuzzy=fuzzy), *_known_as(matches)):
        if found:  # each part by its own index; an OR of them would walk through all studies
            wanted &= Q(**{f"{prefix}pk__in": found[0].union(*found[1:], all=True)})
    for tag, (vr, column) in _SIMPLE.items():
        if asked := matches.get((tag,)):
            wanted &= _simple(column, asked, vr=vr, prefix=prefix)
    if matches.get((PATIENT_ID,)) == EMPTY:
        wanted &= asks(f"{prefix}patient_id_received", EMPTY, vr="LO")
    return wanted


def _named(matches: Matches, *, fuzzy: bool) -> list[Ids]:
    """Return the ids of the studies of this name, part by part; none where no name is asked for.

    The header's name is kept in its first form only: other scripts and sounds ask the master.
    """
    asked = matches.get((PATIENT_NAME,), UNIVERSAL)
    if isinstance(asked, Universal):
        return []
    of_master = Study.objects.filter(patient__in=members(named(asked, fuzzy=fuzzy)))
    if fuzzy or not is_latin(asked):
        return [of_master.values("pk")]
    of_header = (Study.objects.filter(way, identity_verified=False) for way in as_received(asked))
    parts = [of_master.filter(identity_verified=True), *of_header]
    return [part.values("pk") for part in parts]


def _known_as(matches: Matches) -> list[list[Ids]]:
    """Return the ids of the studies of these identifiers: the main one, then a further one."""
    out = []
    for asked in _identifiers(matches):
        of_person = Study.objects.filter(patient__in=members(Q(pk__in=identified(asked))))
        parts = [of_person.values("pk")]
        if asked.own:
            of_header = Study.objects.filter(identity_verified=False)
            if asked.value is not None:
                of_header = of_header.filter(asks("patient_id_received", asked.value, vr="LO"))
            if asked.issuer is not None:
                of_header = of_header.filter(asks("issuer_received", asked.issuer, vr="LO"))
            parts.append(of_header.values("pk"))
        out.append(parts)
    return out


def _simple(column: str, match: Match, *, vr: str, prefix: str) -> Q:
    """Return what is asked of birth date or sex, which narrow down what others have found."""
    patient = f"{prefix}patient__"
    alone = Q(**{f"{patient}survivor__isnull": True}) & asks(f"{patient}{column}", match, vr=vr)
    of_master = alone | asks(f"{patient}survivor__{column}", match, vr=vr)
    verified = Q(**{f"{prefix}identity_verified": True})
    return (verified & of_master) | (~verified & asks(f"{prefix}{column}_received", match, vr=vr))


def members(person: Q) -> Ids:
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


def identified(asked: _Identifiers) -> Ids:
    """Return the ids of the persons who have such an identifier, or had it before a merge."""
    rows = PatientIdentifier.objects.all()
    if asked.value is not None:
        rows = rows.filter(asks("value", asked.value, vr="LO"))
    if asked.issuer is not None:
        rows = rows.filter(asks("issuer", asked.issuer, vr="LO"))
    own = rows.filter(patient__survivor__isnull=True).values("patient_id")
    merged = rows.filter(patient__survivor__isnull=False).values("patient__survivor_id")
    return own.union(merged, all=True)
