"""Whether an object that comes once more is the stored one, however it is wrapped this time.

The File Meta Information (PS3.10 7.1) is written anew by whoever sends or writes a file: an object
that comes back from another archive or from a disc differs in it, and in nothing else.
"""

from __future__ import annotations

from typing import BinaryIO, Final

from archive.dicom.elements import data_set_start
from archive.storage.area import StorageArea
from archive.store.models import Instance
from archive.store.services._arrival import ReceivedObject
from pacs_hub.kernel.errors import HubError

CHUNK_BYTES: Final = 256 * 1024


def is_the_stored_one(
    received: ReceivedObject, *, sop_instance_uid: str, area: StorageArea
) -> bool:
    """Say whether the data sets are the same bytes in the same transfer syntax.

    What cannot be read now is taken for different: the new bytes are kept aside, nothing is lost.
    """
    row = Instance.objects.only("storage_key", "transfer_syntax_uid").get(
        sop_instance_uid=sop_instance_uid
    )
    if row.transfer_syntax_uid != received.transfer_syntax_uid:
        return False
    try:
        with area.open(row.storage_key) as stored, received.spool.path.open("rb") as new:
            return _same_data_set(stored, new)
    except (HubError, OSError):
        return False


def _same_data_set(one: BinaryIO, other: BinaryIO) -> bool:
    starts = data_set_start(one), data_set_start(other)
    lengths = one.seek(0, 2) - starts[0], other.seek(0, 2) - starts[1]
    if lengths[0] != lengths[1]:
        return False
    one.seek(starts[0])
    other.seek(starts[1])
    left = lengths[0]
    while left > 0:
        size = min(CHUNK_BYTES, left)
        ours, theirs = one.read(size), other.read(size)
        if ours != theirs or len(ours) != size:
            return False
        left -= size
    return True
