"""Find patients; reads only."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from archive.patients.models import Patient, PatientIdentifier
from archive.patients.rules import search_form
from pacs_hub.kernel.errors import Unknown


class NoSuchPatient(Unknown):
    """No patient has that id here."""

    code = "no-such-patient"


def resolve(patient: Patient) -> Patient:
    """Return the patient this one was merged into, or the patient."""
    return patient.survivor or patient


def find_by_identifier(*, value: str, issuer: str) -> Patient | None:
    """Return the surviving patient known as `value` to `issuer`."""
    row = (
        PatientIdentifier.objects.select_related("patient", "patient__survivor")
        .filter(issuer=issuer, value=value)
        .first()
    )
    return resolve(row.patient) if row else None


def patient(patient_id: int) -> Patient:
    """Return the patient with this id.

    Raises:
        NoSuchPatient: there is none.
    """
    row = Patient.objects.prefetch_related("identifiers").filter(pk=patient_id).first()
    if row is None:
        raise NoSuchPatient("no such patient")
    return row


def search(q: str) -> QuerySet[Patient]:
    """Return patients whose identifier is, or whose name starts with, `q`; newest first."""
    rows = Patient.objects.prefetch_related("identifiers").filter(survivor__isnull=True)
    if q:
        rows = rows.filter(
            Q(name_search__startswith=search_form(q))
            | Q(pk__in=PatientIdentifier.objects.filter(value=q).values("patient"))
        )
    return rows.order_by("-pk")


def identified(*, value: str, issuer: str = "") -> QuerySet[Patient]:
    """Return the surviving patients an identifier names, in one issuer or in any."""
    ids = PatientIdentifier.objects.filter(value=value)
    if issuer:
        ids = ids.filter(issuer=issuer)
    found = ids.values_list("patient_id", "patient__survivor_id")
    return Patient.objects.prefetch_related("identifiers").filter(
        pk__in=[survivor or own for own, survivor in found]
    )


def primary_identifier(patient: Patient, *, issuer: str) -> PatientIdentifier | None:
    """Return the identifier of `issuer`, else the oldest; None for a patient without any.

    Works on prefetched identifiers without another query.
    """
    rows = sorted(patient.identifiers.all(), key=lambda row: (row.issuer != issuer, row.pk))
    return rows[0] if rows else None
