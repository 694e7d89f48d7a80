"""What there is in the database, in a few words without a person in them, for tables of tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from django.db.models import Model

from archive.models import Document, Patient, PatientLink, PatientMerge
from worklist.models import (
    Account,
    Appointment,
    Coverage,
    Diagnosis,
    Exam,
    Guarantor,
    Order,
    Result,
    ScheduledProcedureStep,
    Tombstone,
    Visit,
)

Told = Callable[[Any], str]

TOLD: Final[tuple[tuple[type[Model], Told], ...]] = (
    (Patient, lambda row: f"patient {row.state} with {_ids(row)}"),
    (PatientMerge, lambda row: f"merge {row.state}" if hasattr(row, "state") else "merge"),
    (PatientLink, lambda row: "link"),
    (Visit, lambda row: f"visit {row.status}"),
    (Account, lambda row: f"account {row.status}"),
    (Guarantor, lambda row: "guarantor"),
    (Coverage, lambda row: "insurance"),
    (Diagnosis, lambda row: "diagnosis"),
    (Order, lambda row: f"order {row.status}"),
    (Exam, lambda row: f"exam {row.status}" + _report(row)),
    (ScheduledProcedureStep, lambda row: f"step {row.status}{'' if row.start else ' no time'}"),
    (Appointment, lambda row: f"appointment {row.status}"),
    (Result, lambda row: f"report {row.status}"),
    (Document, lambda row: f"document {row.kind}"),
    (Tombstone, lambda row: "order remembered as cancelled"),
)


def effects() -> str:
    """Tell every row there is, equal ones counted, in the order of the clinical flow."""
    told: list[str] = []
    for model, words in TOLD:
        counted = Counter(words(row) for row in model._default_manager.all())
        told += [f"{n} x {what}" if n > 1 else what for what, n in sorted(counted.items())]
    return "; ".join(told)


def _ids(patient: Patient) -> str:
    count = patient.identifiers.count()
    return f"{count} id" if count == 1 else f"{count} ids"


def _report(exam: Exam) -> str:
    return "" if exam.report_status == "none" else f", report {exam.report_status}"
