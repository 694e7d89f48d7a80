"""Re-exports the tables of the slices, so that Django finds them under one label."""

from archive.patients.models import Patient, PatientIdentifier
from archive.store.models import Instance, KeptAside, Series, Study

__all__ = ["Instance", "KeptAside", "Patient", "PatientIdentifier", "Series", "Study"]
