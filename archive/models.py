"""Re-exports the tables of the slices, so that Django finds them under one label."""

from archive.availability.models import AvailabilityNotice
from archive.commitment.models import CommitmentReference, CommitmentRequest
from archive.corrections.models import Correction
from archive.documents.models import Document
from archive.forwarding.models import (
    ForwardRule,
    Lane,
    Sending,
    SendingItem,
)
from archive.keeping.models import (
    DailyVolume,
    Discarded,
    Finding,
    Hold,
    RetentionRule,
    Tombstone,
    VerificationRound,
    WishedMove,
)
from archive.patients.models import (
    MovedRow,
    Patient,
    PatientIdentifier,
    PatientLink,
    PatientMerge,
)
from archive.prefetch.models import PrefetchedStudy, PrefetchPolicy, PrefetchRequest
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
    "AvailabilityNotice",
    "CommitmentReference",
    "CommitmentRequest",
    "Correction",
    "DailyVolume",
    "Discarded",
    "Document",
    "Finding",
    "ForwardRule",
    "Hold",
    "Instance",
    "KeptAside",
    "Lane",
    "MovedRow",
    "Patient",
    "PatientIdentifier",
    "PatientLink",
    "PatientMerge",
    "PrefetchPolicy",
    "PrefetchRequest",
    "PrefetchedStudy",
    "ProcedureCode",
    "RejectedReference",
    "RejectionNote",
    "RequestAttributes",
    "RetentionRule",
    "Sending",
    "SendingItem",
    "Series",
    "Study",
    "Tombstone",
    "VerificationRound",
    "WishedMove",
]
