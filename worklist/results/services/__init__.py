"""File reports on exams, and keep those whose exam is not known yet."""

from worklist.results.services._file import (
    Filing,
    NoSuchExam,
    ReportForOtherPatient,
    file_result,
)
from worklist.results.services._waiting import (
    NotWaiting,
    dismiss_waiting,
    file_waiting,
    match_waiting,
)

__all__ = [
    "Filing",
    "NoSuchExam",
    "NotWaiting",
    "ReportForOtherPatient",
    "dismiss_waiting",
    "file_result",
    "file_waiting",
    "match_waiting",
]
