"""FHIR resources as a strict reader takes them."""

from __future__ import annotations

from typing import Any

from django.test import Client
from fhir.resources.R4B import get_fhir_model_class

from tests.support.callers import caller

# Value sets of R4 with a required binding, which fhir.resources does not check.
REQUIRED = {
    "Patient.gender": {"male", "female", "other", "unknown"},
    "ServiceRequest.status": {
        "draft", "active", "on-hold", "revoked", "completed", "entered-in-error", "unknown",
    },
    "ServiceRequest.priority": {"routine", "urgent", "asap", "stat"},
    "ImagingStudy.status": {
        "registered", "available", "cancelled", "entered-in-error", "unknown",
    },
    "DiagnosticReport.status": {
        "registered", "partial", "preliminary", "final", "amended", "corrected", "appended",
        "cancelled", "entered-in-error", "unknown",
    },
}  # fmt: skip


def valid(resource: dict[str, Any]) -> dict[str, Any]:
    """Return the resource after the models of R4B have read it."""
    kind = resource["resourceType"]
    get_fhir_model_class(kind).model_validate(resource)
    for name, codes in REQUIRED.items():
        owner, _, member = name.partition(".")
        if owner == kind and member in resource:
            assert resource[member] in codes
    assert _no_empty(resource)
    return resource


def _no_empty(value: Any) -> bool:
    if isinstance(value, dict):
        return bool(value) and all(_no_empty(each) for each in value.values())
    if isinstance(value, list):
        return bool(value) and all(_no_empty(each) for each in value)
    return value not in (None, "")


def read(kind: str, key: object) -> dict[str, Any]:
    """Return a resource through the door, valid."""
    response = caller("integrator").get(f"/fhir/{kind}/{key}")
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/fhir+json"
    return valid(response.json())


def bundle(client: Client, query: str, **headers: str) -> dict[str, Any]:
    """Return the Bundle a search answers with, valid."""
    response = client.get(f"/fhir/{query}", headers=headers)
    assert response.status_code == 200, response.content
    found: dict[str, Any] = response.json()
    get_fhir_model_class("Bundle").model_validate(found)
    return found


def matches(found: dict[str, Any]) -> list[str]:
    """Return type and id of what a search selected."""
    return [
        f"{e['resource']['resourceType']}/{e['resource']['id']}"
        for e in found.get("entry", [])
        if e["search"]["mode"] == "match"
    ]
