"""What each kind of search parameter asks of a column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db.models import Q

from archive.models import PatientIdentifier, Series
from archive.patients.rules import search_form
from integrations.fhir.resources.terms import DCM, DICOM_UID, code_system, issuer_of
from integrations.fhir.search import (
    Criterion,
    Moment,
    Token,
    keys,
    moments,
    no_modifier,
    tokens,
)

# A criterion and the site's zone -> the condition on rows.
Parameter = Callable[[Criterion, ZoneInfo], Q]
NOTHING = Q(pk__in=[])


def any_of(conditions: list[Q]) -> Q:
    """Return the condition that one of them holds; none of them: nothing."""
    if not conditions:
        return NOTHING
    out = conditions[0]
    for each in conditions[1:]:
        out |= each
    return out


def by_key(column: str = "pk") -> Parameter:
    """Select by logical id."""
    return lambda found, _zone: Q(
        **{f"{column}__in": [int(v) for v in found.values if v.isdecimal() and len(v) < 18]}
    )


def by_reference(column: str, kind: str, *more: str) -> Parameter:
    """Select by a reference to a resource of `kind`, whose key is in any of the columns."""

    def select(found: Criterion, _zone: ZoneInfo) -> Q:
        wanted = keys(found, kind)
        return any_of([Q(**{f"{each}__in": wanted}) for each in (column, *more)])

    return select


def by_code(column: str, codes: Mapping[str, str], system: str = "") -> Parameter:
    """Select by a status or the like; `codes` are ours and what they are called in FHIR."""

    def select(found: Criterion, _zone: ZoneInfo) -> Q:
        wanted = {t.value for t in tokens(found) if t.system in {None, "", system}}
        return Q(**{f"{column}__in": [ours for ours, theirs in codes.items() if theirs in wanted]})

    return select


def by_modality(found: Criterion, _zone: ZoneInfo) -> Q:
    """Select studies by the modality of any of their series."""
    wanted = [token.value for token in tokens(found) if token.system in {None, DCM}]
    return Q(pk__in=Series.objects.filter(modality__in=wanted).values("study"))


def by_active(found: Criterion, _zone: ZoneInfo) -> Q:
    """Select patients that were, or were not, merged into another."""
    return any_of([Q(survivor__isnull=token.value == "true") for token in tokens(found)])


def by_coding(code: str, scheme: str) -> Parameter:
    """Select by a code and the scheme beside it."""

    def one(token: Token, known: Mapping[str, str]) -> Q:
        wanted = Q(**{code: token.value})
        if token.system:
            schemes = [name for name, system in known.items() if system == token.system]
            wanted &= Q(**{f"{scheme}__in": [*schemes, issuer_of(token.system)]})
        return wanted

    def select(found: Criterion, _zone: ZoneInfo) -> Q:
        known = {name: code_system(name) for name in ("C4", "CPT", "DCM", "LN", "SCT", "SRT")}
        return any_of([one(token, known) for token in tokens(found)])

    return select


def by_identifier(*columns: tuple[str, str]) -> Parameter:
    """Select by identifiers, each a column of values and one of its issuers."""

    def select(found: Criterion, _zone: ZoneInfo) -> Q:
        return any_of([_held(token, *pair) for token in tokens(found) for pair in columns])

    return select


def by_patient_identifier(*columns: str) -> Parameter:
    """Select by an identifier of the patient in any of the columns, also of one merged away."""

    def select(found: Criterion, _zone: ZoneInfo) -> Q:
        held = any_of([_held(token, "value", "issuer") for token in tokens(found)])
        rows = PatientIdentifier.objects.filter(held)
        own = [Q(**{f"{each}__in": rows.values("patient")}) for each in columns]
        survivor = rows.filter(patient__survivor__isnull=False).values("patient__survivor")
        return any_of([*own, *(Q(**{f"{each}__in": survivor}) for each in columns)])

    return select


def by_study_uid(column: str) -> Parameter:
    """Select by Study Instance UID: `urn:dicom:uid|urn:oid:1.2`, `urn:oid:1.2` or `1.2`."""

    def select(found: Criterion, _zone: ZoneInfo) -> Q:
        uids = [
            t.value.removeprefix("urn:oid:")
            for t in tokens(found)
            if t.system in {None, DICOM_UID, "urn:ietf:rfc:3986"}
        ]
        return Q(**{f"{column}__in": uids})

    return select


def by_moment(column: str) -> Parameter:
    """Select by an instant."""

    def at_least(at: datetime) -> Q:
        return Q(**{f"{column}__gte": at})

    def before(at: datetime) -> Q:
        return Q(**{f"{column}__lt": at})

    return lambda found, zone: _compared(moments(found, zone), at_least, before)


def by_local_moment(day: str, clock: str = "") -> Parameter:
    """Select by a day of the site, and the time of day in a column of its own."""

    def at_least(at: datetime) -> Q:
        if not clock or at.time() == time.min:
            return Q(**{f"{day}__gte": at.date()})
        return Q(**{f"{day}__gt": at.date()}) | Q(**{day: at.date(), f"{clock}__gte": at.time()})

    def before(at: datetime) -> Q:
        if not clock or at.time() == time.min:
            return Q(**{f"{day}__lt": at.date()})
        return Q(**{f"{day}__lt": at.date()}) | Q(**{day: at.date(), f"{clock}__lt": at.time()})

    def select(found: Criterion, zone: ZoneInfo) -> Q:
        return _compared(
            [
                replace(each, start=each.start.astimezone(zone), end=each.end.astimezone(zone))
                for each in moments(found, zone)
            ],
            at_least,
            before,
        )

    return select


def by_name(column: str, *, part: str = "any") -> Parameter:
    """Select by the start of a name's parts, without case and accents (R4 3.1.1.4.8)."""

    def one(text: str, modifier: str) -> Q:
        folded = search_form(text)
        start, inside = Q(**{f"{column}__startswith": folded}), f"{column}__contains"
        if modifier == "contains":
            return Q(**{inside: folded})
        if part == "family":
            return start if modifier != "exact" else start & _whole(column, folded)
        if part == "given":
            return Q(**{inside: f" {folded}"})
        return start | Q(**{inside: f" {folded}"})

    def select(found: Criterion, _zone: ZoneInfo) -> Q:
        modifier = no_modifier(found, "contains", "exact")
        return any_of([one(text, modifier) for text in found.values])

    return select


def _whole(column: str, folded: str) -> Q:
    return Q(**{column: folded}) | Q(**{f"{column}__startswith": f"{folded} "})


def _held(token: Token, value: str, issuer: str) -> Q:
    wanted = Q(**{value: token.value}) & ~Q(**{value: ""})
    if token.system:
        wanted &= Q(**{f"{issuer}__in": {issuer_of(token.system), token.system}})
    return wanted


def _compared(
    wanted: list[Moment], at_least: Callable[[datetime], Q], before: Callable[[datetime], Q]
) -> Q:
    """Return the comparison of a point with periods (R4 3.1.1.4.7)."""

    def one(moment: Moment) -> Q:
        match moment.prefix:
            case "gt" | "sa":
                return at_least(moment.end)
            case "ge":
                return at_least(moment.start)
            case "lt" | "eb":
                return before(moment.start)
            case "le":
                return before(moment.end)
        within = at_least(moment.start) & before(moment.end)
        return ~within if moment.prefix == "ne" else within

    return any_of([one(moment) for moment in wanted])
