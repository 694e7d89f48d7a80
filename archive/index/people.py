"""Whom a query means: persons by their keys, and the studies filed under them.

A study answers with the identity its objects leave with: the master's where that is verified, else
what its header says. So it is found by that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from archive.dicom.matching import EMPTY, UNIVERSAL, AnyOf, Single, Universal, Wildcard
from archive.index.columns import MOST_LOOKED_UP, asks, either
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
from archive.patients.models import Patient, PatientIdentifier, PatientState
from archive.store.models import Study

Matches = Mapping[Path, Match]

Ids = QuerySet[Any, Any]
# Not by the survivor: without statistics SQLite takes its index for a good one, and reads it all.
_STANDS: Final = ~Q(state=PatientState.MERGED)
_SIMPLE: Final = {BIRTH_DATE: ("DA", "birth_date"), SEX: ("CS", "sex")}


def persons(matches: Matches, *, fuzzy: bool) -> Q:
    """Return what the patient keys of a query ask of a patient row that was not merged away."""
    wanted = _STANDS
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
    for asked_id in _identifiers(matches):
        wanted &= _known_as(asked_id, prefix=prefix)
    asked_name = matches.get((PATIENT_NAME,), UNIVERSAL)
    if not isinstance(asked_name, Universal):
        wanted &= _named(asked_name, fuzzy=fuzzy, prefix=prefix)
    for tag, (vr, column) in _SIMPLE.items():
        if asked := matches.get((tag,)):
            wanted &= _simple(column, asked, vr=vr, prefix=prefix)
    if matches.get((PATIENT_ID,)) == EMPTY:
        wanted &= asks(f"{prefix}patient_id_received", EMPTY, vr="LO")
    return wanted


def _named(asked: Match, *, fuzzy: bool, prefix: str) -> Q:
    """Return the condition that a study is of this name.

    Which they are is looked up at once, each part by its own index; an OR of the parts would walk
    through all studies. Of very many, a page is soon full: there each study is looked at.
    """
    person = named(asked, fuzzy=fuzzy)
    few = _looked_up(Patient.objects.filter(person, _STANDS))
    ids = None if few is None else _looked_up(_of_these(few, asked, fuzzy=fuzzy))
    if ids is not None:
        return Q(**{f"{prefix}pk__in": ids})
    survivor = Patient.objects.filter(person, pk=OuterRef("survivor_id"))
    own = Patient.objects.filter(pk=OuterRef(f"{prefix}patient_id"))
    of_master = Q(Exists(own.filter((person & _STANDS) | Exists(survivor))))
    if _asks_master_only(asked, fuzzy=fuzzy):
        return of_master
    verified = Q(**{f"{prefix}identity_verified": True})
    return (verified & of_master) | (~verified & either(as_received(asked, prefix=prefix)))


def _of_these(heads: set[int], asked: Match, *, fuzzy: bool) -> QuerySet[Any, Any]:
    """Return the studies of the persons who have the name, and those whose header does."""
    own = Study.objects.filter(patient__in=heads)
    merged = Study.objects.filter(patient__survivor__in=heads)
    if _asks_master_only(asked, fuzzy=fuzzy):
        return own.only("pk").union(merged.only("pk"), all=True)
    parts = [rows.filter(identity_verified=True) for rows in (own, merged)]
    parts += [Study.objects.filter(way, identity_verified=False) for way in as_received(asked)]
    ids = [part.only("pk") for part in parts]
    return ids[0].union(*ids[1:], all=True)


def _looked_up(rows: QuerySet[Any, Any]) -> set[int] | None:
    """Return the ids of the rows; None where they are very many."""
    ids = {pk for (pk,) in rows.values_list("pk")[: MOST_LOOKED_UP + 1]}
    return ids if len(ids) <= MOST_LOOKED_UP else None


def _asks_master_only(asked: Match, *, fuzzy: bool) -> bool:
    """Say so where the header does not help: its name is kept in its first form only."""
    return fuzzy or not is_latin(asked)


def _known_as(asked: _Identifiers, *, prefix: str) -> Q:
    """Return the condition that a study is of a person with this identifier.

    Whose it is, is looked up at once unless that is very many: that makes a small query of the one
    for the studies.
    """
    found: Any
    heads = set(identified(asked)[: MOST_LOOKED_UP + 1])
    if len(heads) <= MOST_LOOKED_UP:
        found = heads | set(Patient.objects.filter(survivor__in=heads).values_list("pk", flat=True))
    else:
        found = members(Q(pk__in=identified(asked)))
    wanted = Q(**{f"{prefix}patient__in": found})
    if not asked.own:
        return wanted
    of_header = Q(**{f"{prefix}identity_verified": False})
    if asked.value is not None:
        of_header &= asks(f"{prefix}patient_id_received", asked.value, vr="LO")
    if asked.issuer is not None:
        of_header &= asks(f"{prefix}issuer_received", asked.issuer, vr="LO")
    return wanted | of_header


def _simple(column: str, match: Match, *, vr: str, prefix: str) -> Q:
    """Return what is asked of birth date or sex, which narrow down what others have found."""
    patient = f"{prefix}patient__"
    alone = Q(**{f"{patient}survivor__isnull": True}) & asks(f"{patient}{column}", match, vr=vr)
    of_master = alone | asks(f"{patient}survivor__{column}", match, vr=vr)
    verified = Q(**{f"{prefix}identity_verified": True})
    return (verified & of_master) | (~verified & asks(f"{prefix}{column}_received", match, vr=vr))


def members(person: Q) -> Ids:
    """Return the ids of the patient rows that are these persons: their own and those merged in."""
    heads = Patient.objects.filter(person, _STANDS).values("pk")
    merged = Patient.objects.filter(survivor__in=heads).values("pk")
    return heads.union(merged, all=True)


@dataclass(frozen=True)
class _Identifiers:
    """What is asked of one identifier of a person: `own` is the main one, not a further one."""

    value: Match | None
    issuer: Match | None
    own: bool


def _identifiers(matches: Matches) -> list[_Identifiers]:
    out = []
    for sequence, own in (((), True), ((OTHER_PATIENT_IDS,), False)):
        value = matches.get((*sequence, PATIENT_ID))
        issuer = matches.get((*sequence, ISSUER_OF_PATIENT_ID))
        if any(isinstance(m, Single | Wildcard | AnyOf | Several) for m in (value, issuer)):
            out.append(_Identifiers(value, issuer, own))
    return out


def identified(asked: _Identifiers) -> Ids:
    """Return the ids of the persons who have such an identifier, or had it before a merge."""
    rows = PatientIdentifier.objects.all()
    if asked.value is not None:
        rows = rows.filter(asks("value", asked.value, vr="LO"))
    if asked.issuer is not None:
        rows = rows.filter(asks("issuer", asked.issuer, vr="LO"))
    return rows.values_list(Coalesce("patient__survivor_id", "patient_id"), flat=True)
