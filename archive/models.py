"""Re-exports the tables of the slices, so that Django finds them under one label."""

from archive.corrections.models import Correction
from archive.patients.models import Patient, PatientIdentifier
from archive.rejection.models import RejectedReference, RejectionNote
from archive.store.models import (
    Instance,
    KeptAside,
    ProcedureCode,
    RequestAttributes,
    Series,
    Study,
)

__all__ = [
    "Correction",
    "Instance",
    "KeptAside",
    "Patient",
    "PatientIdentifier",
    "ProcedureCode",
    "RejectedReference",
    "RejectionNote",
    "RequestAttributes",
    "Series",
    "Study",
]
