"""Take rejection notes in, make our own, and undo them."""

from archive.rejection.services._effect import (
    AlreadyUndone,
    NoSuchNote,
    reject_late_arrivals,
    reject_left_behind,
    take_note,
    undo_rejection,
)
from archive.rejection.services._reject import AlreadyRejected, reject

__all__ = [
    "AlreadyRejected",
    "AlreadyUndone",
    "NoSuchNote",
    "reject",
    "reject_late_arrivals",
    "reject_left_behind",
    "take_note",
    "undo_rejection",
]
