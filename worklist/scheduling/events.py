"""What the hub itself scheduled: told by a person or a program, not by the system that schedules.

A schedule that came over HL7 is its sender's: none of these is published for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from worklist.exams.events import AboutExam


@dataclass(frozen=True, kw_only=True)
class ExamBooked(AboutExam):
    """The exam has a time for the first time."""


@dataclass(frozen=True, kw_only=True)
class ExamMoved(AboutExam):
    """The exam has another time, or is on another device."""


@dataclass(frozen=True, kw_only=True)
class ExamArrived(AboutExam):
    """The patient is here."""


@dataclass(frozen=True, kw_only=True)
class ExamCancelled(AboutExam):
    """The exam was cancelled by a person before it was started."""


@dataclass(frozen=True, kw_only=True)
class ExamMissed(AboutExam):
    """The patient did not come."""
