"""Keep what was stored: verify it, rebuild its index, move it, and let it go by rule."""

from archive.keeping.services._discards import discard, remove_discarded
from archive.keeping.services._holds import NotHeld, ReasonMissing, hold, release
from archive.keeping.services._moving import Moved, StudyReceives, move_to_cold, recall
from archive.keeping.services._reindex import Reindexed, reindex
from archive.keeping.services._retention import Applied, apply_rules, replace_rules
from archive.keeping.services._tend import count_volume, tend
from archive.keeping.services._verify import verify_some
from archive.keeping.services._verify_all import verify_all
from archive.keeping.services._wishes import do_wished_moves, wish_move

__all__ = [
    "Applied",
    "Moved",
    "NotHeld",
    "ReasonMissing",
    "Reindexed",
    "StudyReceives",
    "apply_rules",
    "count_volume",
    "discard",
    "do_wished_moves",
    "hold",
    "move_to_cold",
    "recall",
    "reindex",
    "release",
    "remove_discarded",
    "replace_rules",
    "tend",
    "verify_all",
    "verify_some",
    "wish_move",
]
