"""Patient."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from integrations.fhir.resources.terms import (
    Context,
    Resource,
    coding,
    identifier,
    instant,
    reference,
    without_empty,
)

GENDERS: Final[dict[str, str]] = {"M": "male", "F": "female", "O": "other"}
_REPRESENTATIONS: Final = ("ABC", "IDE", "SYL")
_REPRESENTATION: Final = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
_PROVISIONAL: Final = coding(
    "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "UNCERTREL", "provisional"
)


@dataclass(frozen=True, kw_only=True)
class IdentifierFacts:
    """One identifier of a patient and who issued it."""

    value: str
    issuer: str
    type_code: str


@dataclass(frozen=True, kw_only=True)
class PatientFacts:
    """A patient; `name` is a PN, `survivor_id` whom they were merged into."""

    id: int
    survivor_id: int | None
    provisional: bool
    name: str
    birth_date: date | None
    sex: str
    identifiers: tuple[IdentifierFacts, ...]
    updated_at: datetime


def to_fhir(patient: PatientFacts, context: Context) -> Resource:  # noqa: ARG001 - as its siblings
    """Return the patient; one who was merged names the survivor and is not active."""
    merged = patient.survivor_id is not None
    tags = [_PROVISIONAL] if patient.provisional else []
    return without_empty(
        {
            "resourceType": "Patient",
            "id": str(patient.id),
            "meta": without_empty({"lastUpdated": instant(patient.updated_at), "tag": tags}),
            "identifier": [_identifier(each) for each in patient.identifiers],
            "active": not merged,
            "name": _names(patient.name),
            "gender": GENDERS.get(patient.sex, "unknown"),
            "birthDate": patient.birth_date.isoformat() if patient.birth_date else "",
            "link": [{"other": reference("Patient", patient.survivor_id), "type": "replaced-by"}]
            if merged
            else [],
        }
    )


def _identifier(known: IdentifierFacts) -> Resource:
    out = identifier(
        known.value, issuer=known.issuer, type_code=known.type_code or "MR", use="usual"
    )
    assigner = {"assigner": {"display": known.issuer}} if known.issuer else {}
    return {**(out or {}), **assigner}


def _names(name: str) -> list[Resource]:
    """Return one HumanName for each component group of a PN (PS3.5 6.2.1)."""
    groups = zip(name.split("="), _REPRESENTATIONS, strict=False)
    return [_name(group, representation) for group, representation in groups if group.strip("^ ")]


def _name(group: str, representation: str) -> Resource:
    parts = [part.strip() for part in (*group.split("^"), "", "", "", "")][:5]
    family, given, middle, prefix, suffix = parts
    out: Resource = {
        "use": "official",
        "family": family,
        "given": [part for part in (given, middle) if part],
        "prefix": [prefix] if prefix else [],
        "suffix": [suffix] if suffix else [],
    }
    if representation != "ABC":
        out["extension"] = [{"url": _REPRESENTATION, "valueCode": representation}]
    return without_empty(out)
