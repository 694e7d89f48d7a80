"""Identifier systems, code systems and the small shapes every resource is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

Resource = dict[str, Any]

DICOM_UID: Final = "urn:dicom:uid"
DCM: Final = "http://dicom.nema.org/resources/ontology/DCM"
V2_0203: Final = "http://terminology.hl7.org/CodeSystem/v2-0203"
V2_0074: Final = "http://terminology.hl7.org/CodeSystem/v2-0074"
SNOMED: Final = "http://snomed.info/sct"
LOINC: Final = "http://loinc.org"
CODE_SYSTEMS: Final[dict[str, str]] = {
    "C4": "http://www.ama-assn.org/go/cpt",
    "CPT": "http://www.ama-assn.org/go/cpt",
    "DCM": DCM,
    "I10": "http://hl7.org/fhir/sid/icd-10",
    "LN": LOINC,
    "RADLEX": "http://radlex.org",
    "SCT": SNOMED,
    "SRT": SNOMED,
}
_LOCAL: Final = "urn:id:"
_OID: Final = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a resource needs to know of the hub: its public address and the site's zone."""

    public_url: str
    zone: ZoneInfo

    @property
    def base(self) -> str:
        """Return the FHIR base URL."""
        return f"{self.public_url}/fhir"

    def moment(self, day: date | None, at: time | None) -> str:
        """Return a local date and time of the site as a FHIR dateTime; "" for no date."""
        if day is None:
            return ""
        return datetime.combine(day, at, self.zone).isoformat() if at else day.isoformat()


def system_of(issuer: str) -> str:
    """Return the identifier system of an assigning authority: its OID or URI, else a local URN."""
    if not issuer:
        return ""
    if _OID.fullmatch(issuer):
        return f"urn:oid:{issuer}"
    return issuer if ":" in issuer else f"{_LOCAL}{quote(issuer)}"


def issuer_of(system: str) -> str:
    """Return the assigning authority an identifier system stands for; the name itself will do."""
    if system.startswith(_LOCAL):
        return unquote(system.removeprefix(_LOCAL))
    return system.removeprefix("urn:oid:")


def code_system(scheme: str) -> str:
    """Return the code system of a coding scheme designator (HL7 table 0396, PS3.16 8)."""
    return CODE_SYSTEMS.get(scheme, system_of(scheme))


def without_empty(resource: Resource) -> Resource:
    """Return it without members that say nothing: FHIR has no empty values."""
    return {name: value for name, value in resource.items() if value not in (None, "", [], {})}


def coding(system: str, code: str, display: str = "") -> Resource:
    """Return a Coding."""
    return without_empty({"system": system, "code": code, "display": display})


def concept(*codings: Resource, text: str = "") -> Resource:
    """Return a CodeableConcept."""
    return without_empty({"coding": [c for c in codings if c.get("code")], "text": text})


def identifier(value: str, *, issuer: str, type_code: str = "", use: str = "") -> Resource | None:
    """Return an Identifier, or None where there is no value."""
    if not value:
        return None
    return without_empty(
        {
            "use": use,
            "type": concept(coding(V2_0203, type_code)) if type_code else None,
            "system": system_of(issuer),
            "value": value,
        }
    )


def reference(kind: str, key: object, display: str = "") -> Resource:
    """Return a relative Reference."""
    return without_empty({"reference": f"{kind}/{key}", "display": display})


def instant(at: datetime | None) -> str:
    """Return an instant, "" for none."""
    return at.isoformat() if at else ""


def readable_name(name: str) -> str:
    """Return the alphabetic group of a PN as people write it: given names, then family."""
    family, *rest = (part.strip() for part in name.partition("=")[0].split("^"))
    given = " ".join(part for part in rest[:2] if part)
    return " ".join(part for part in (given, family) if part)
