"""Patient."""

from __future__ import annotations

from typing import Final

from archive.models import Patient, PatientIdentifier
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


def to_fhir(patient: Patient, context: Context) -> Resource:  # noqa: ARG001 - as its siblings
    """Return the patient; one who was merged names the survivor and is not active."""
    merged = patient.survivor_id is not None
    tags = [_PROVISIONAL] if patient.state == "provisional" else []
    return without_empty(
        {
            "resourceType": "Patient",
            "id": str(patient.pk),
            "meta": without_empty({"lastUpdated": instant(patient.updated_at), "tag": tags}),
            "identifier": [_identifier(row) for row in _identifiers(patient)],
            "active": not merged,
            "name": _names(patient.name),
            "gender": GENDERS.get(patient.sex, "unknown"),
            "birthDate": patient.birth_date.isoformat() if patient.birth_date else "",
            "link": [{"other": reference("Patient", patient.survivor_id), "type": "replaced-by"}]
            if merged
            else [],
        }
    )


def _identifiers(patient: Patient) -> list[PatientIdentifier]:
    return sorted(patient.identifiers.all(), key=lambda row: row.pk)


def _identifier(row: PatientIdentifier) -> Resource:
    out = identifier(row.value, issuer=row.issuer, type_code=row.type_code or "MR", use="usual")
    return {**(out or {}), "assigner": {"display": row.issuer}} if row.issuer else out or {}


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
