"""Take objects in, file studies under patients, settle what was kept aside."""

from archive.store.services._again import file_again
from archive.store.services._arrival import ReceivedObject, StoredInstance
from archive.store.services._series import ConflictingPatient, RelationalMismatch
from archive.store.services._settle import (
    AlreadySettled,
    ReasonMissing,
    discard_kept_aside,
    release_kept_aside,
    remove_settled,
)
from archive.store.services._store import DifferentObject, RefusedByPolicy, store_instance
from archive.store.services._study import audit_change, file_as_received, file_under

__all__ = [
    "AlreadySettled",
    "ConflictingPatient",
    "DifferentObject",
    "ReasonMissing",
    "ReceivedObject",
    "RefusedByPolicy",
    "RelationalMismatch",
    "StoredInstance",
    "audit_change",
    "discard_kept_aside",
    "file_again",
    "file_as_received",
    "file_under",
    "release_kept_aside",
    "remove_settled",
    "store_instance",
]
