"""Send on: queue what rules and people want sent, follow it up, stop it."""

from archive.forwarding.services._by_hand import (
    DestinationUnknown,
    NotInThatState,
    cancel,
    pause,
    resume,
    retry,
    send_by_hand,
)
from archive.forwarding.services._progress import (
    Done,
    begin,
    claim_lane,
    finish,
    keep_lane,
    lane_failed,
    lane_works,
    postpone,
    record,
    release_lane,
    set_behind,
    wait_until,
)
from archive.forwarding.services._queue import (
    How,
    NoSuchWay,
    queue,
    queue_by_rules,
    replace_rules,
)

__all__ = [
    "DestinationUnknown",
    "Done",
    "How",
    "NoSuchWay",
    "NotInThatState",
    "begin",
    "cancel",
    "claim_lane",
    "finish",
    "keep_lane",
    "lane_failed",
    "lane_works",
    "pause",
    "postpone",
    "queue",
    "queue_by_rules",
    "record",
    "release_lane",
    "replace_rules",
    "resume",
    "retry",
    "send_by_hand",
    "set_behind",
    "wait_until",
]
