"""Re-exports the tables of the slices, so that Django finds them under one label."""

from archive.patients.models import Patient, PatientIdentifier
from archive.store.models import (
    Instance,
    KeptAside,
    ProcedureCode,
    RequestAttributes,
    Series,
    Study,
)

__all__ = [
    "Instance",
    "KeptAside",
    "Patient",
    "PatientIdentifier",
    "ProcedureCode",
    "RequestAttributes",
    "Series",
    "Study",
]
