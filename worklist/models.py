"""Re-exports the tables of the slices, so that Django finds them under one label."""

from worklist.documents.models import ExamDocument
from worklist.exams.models import Exam, ExamEvent
from worklist.mpps.models import PerformedProcedureStep
from worklist.orders.models import (
    AccessionSequence,
    Order,
    Procedure,
    RequestedProcedure,
    Tombstone,
)
from worklist.reconcile.models import StudyMatch
from worklist.results.models import Result
from worklist.scheduling.models import ScheduledProcedureStep, Station, StepStation

__all__ = [
    "AccessionSequence",
    "Exam",
    "ExamDocument",
    "ExamEvent",
    "Order",
    "PerformedProcedureStep",
    "Procedure",
    "RequestedProcedure",
    "Result",
    "ScheduledProcedureStep",
    "Station",
    "StepStation",
    "StudyMatch",
    "Tombstone",
]
