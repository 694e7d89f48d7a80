"""File again what the archive took in before: its rows were lost, or never written."""

from __future__ import annotations

from archive.storage.area import StorageArea
from archive.store.policy import DECIDED
from archive.store.services._arrival import Arrival, ReceivedObject, StoredInstance
from archive.store.services._aside import keep_aside
from archive.store.services._store import take_in
from pacs_hub.kernel.errors import Conflict, Malformed
from pacs_hub.kernel.origin import Origin


def file_again(
    *,
    received: ReceivedObject,
    area: StorageArea,
    origin: Origin,
    default_issuer: str,
    sets_aside: bool = True,
) -> StoredInstance:
    """Write the rows of an object whose bytes the archive has.

    The policies of today do not judge what was taken in under those of its day, and it needs no
    room that it does not have already.

    Raises:
        NotDicom, MissingIdentity, BadUid, DifferentObject: it cannot be filed; kept aside, unless
            `sets_aside` is off: bytes are not moved in a transaction that may be undone.
        Unavailable: the disk or the database is away.
    """
    arrival = Arrival(
        received=received, origin=origin, default_issuer=default_issuer, policies=DECIDED
    )
    try:
        return take_in(arrival, area=area)
    except (Malformed, Conflict) as error:
        if sets_aside:
            keep_aside(arrival, error, area=area)
        raise
