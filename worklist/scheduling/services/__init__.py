"""Put steps on the worklist and move them; the exam's ledger row moves with them."""

from worklist.scheduling.services._moves import (
    StepsContradict,
    StepStateForbids,
    arrive,
    cancel,
    hold_steps,
    mark_no_show,
    move_steps,
    source_of,
)
from worklist.scheduling.services._notes import note_visit
from worklist.scheduling.services._returns import return_steps
from worklist.scheduling.services._stations import replace_stations
from worklist.scheduling.services._steps import schedule_steps

__all__ = [
    "StepStateForbids",
    "StepsContradict",
    "arrive",
    "cancel",
    "hold_steps",
    "mark_no_show",
    "move_steps",
    "note_visit",
    "replace_stations",
    "return_steps",
    "schedule_steps",
    "source_of",
]
