"""Take orders in: order, requested procedure, steps and exam in one transaction."""

from worklist.intake.services._notes import (
    ExamUnderWay,
    FactsContradict,
    Note,
    OrderForOtherPatient,
    StudyUidStays,
    Taken,
)
from worklist.intake.services._status import (
    Told,
    bury_order,
    cancel_order,
    note_answer,
    set_order_status,
)
from worklist.intake.services._taking import (
    accept_order,
    assign_number,
    change_order,
    take_order,
)

__all__ = [
    "ExamUnderWay",
    "FactsContradict",
    "Note",
    "OrderForOtherPatient",
    "StudyUidStays",
    "Taken",
    "Told",
    "accept_order",
    "assign_number",
    "bury_order",
    "cancel_order",
    "change_order",
    "note_answer",
    "set_order_status",
    "take_order",
]
