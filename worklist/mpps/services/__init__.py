"""Follow what the modalities say they do (PS3.4 Annex F): the exam moves with it."""

from worklist.mpps.services._adopting import adopt_steps
from worklist.mpps.services._by_person import (
    complete_by_person,
    discontinue_by_person,
    start_by_person,
)
from worklist.mpps.services._steps import (
    EndMissing,
    NoSuchStep,
    StepAlreadyFinal,
    StepExists,
    change_step,
    start_step,
)
from worklist.mpps.services._watch import infer_from_images, tend_unapplied

__all__ = [
    "EndMissing",
    "NoSuchStep",
    "StepAlreadyFinal",
    "StepExists",
    "adopt_steps",
    "change_step",
    "complete_by_person",
    "discontinue_by_person",
    "infer_from_images",
    "start_by_person",
    "start_step",
    "tend_unapplied",
]
