"""Take objects in, and file studies under patients."""

from archive.store.services._store import (
    DifferentObject,
    ReceivedObject,
    StoredInstance,
    store_instance,
)
from archive.store.services._study import UNIDENTIFIED, file_as_received, file_under

__all__ = [
    "UNIDENTIFIED",
    "DifferentObject",
    "ReceivedObject",
    "StoredInstance",
    "file_as_received",
    "file_under",
    "store_instance",
]
