"""File an object whose bytes are in the area already: as `file_again` does, without a copy."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, cast

from archive.keeping.inspecting import Inspected, copy
from archive.storage.area import Spool, StorageArea, aside_key
from archive.storage.tiers import COLD, is_cold
from archive.store.models import Instance
from archive.store.services import ReceivedObject, StoredInstance, file_again
from pacs_hub.kernel.origin import Origin


class InPlaceSpool:
    """A spool that is the kept object itself."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file: BinaryIO = path.open("rb")
        self.is_kept = True

    def discard(self) -> None:
        """Close it; the object stays."""
        self.file.close()


class InPlaceArea:
    """An area that keeps one object by giving it its proper key; everything else is the area's."""

    def __init__(self, area: StorageArea, key: str) -> None:
        self._area = area
        self.key = key

    def keep(self, spool: Spool, key: str) -> None:  # noqa: ARG002 - it is the object of the key
        """Give the object the key it should have, in the area where it lies."""
        self._rename(COLD + key if is_cold(self.key) else key)

    def set_aside(self, spool: Spool) -> str:  # noqa: ARG002 - as above
        """Put the object where what cannot be filed lies, which is in the main area."""
        self._put_aside(aside_key())
        return self.key

    def size(self, key: str) -> int:  # noqa: ARG002 - as above
        """Return the bytes of the object."""
        return self._area.size(self.key)

    def rename(self, key: str, new_key: str) -> None:  # noqa: ARG002 - as above
        """Put the object aside after it was kept: its rows could not be written."""
        self._put_aside(new_key)

    def __getattr__(self, name: str) -> object:
        return getattr(self._area, name)

    def _put_aside(self, key: str) -> None:
        if is_cold(self.key):
            copy(self._area, self.key, key)
            self._area.delete(self.key)
            self.key = key
        else:
            self._rename(key)

    def _rename(self, key: str) -> None:
        if key != self.key:
            self._area.rename(self.key, key)
            self.key = key


def file_in_place(
    inspected: Inspected,
    *,
    area: StorageArea,
    default_issuer: str,
    is_news: bool,
    sets_aside: bool = True,
) -> StoredInstance:
    """Write the rows of a stored object that has none. What it says of its past is kept.

    Raises:
        NotDicom, MissingIdentity, BadUid, DifferentObject: it cannot be filed; set aside, unless
            `sets_aside` is off.
        Unavailable: the database or the store is away.
    """
    here = InPlaceArea(area, inspected.found.key)
    spool = InPlaceSpool(inspected.path)
    try:
        stored = file_again(
            received=ReceivedObject(
                spool=spool,
                transfer_syntax_uid=inspected.transfer_syntax_uid,
                sha256=inspected.digest.sha256,
                size=inspected.digest.size,
                head=inspected.digest.head,
                received_at=inspected.found.kept_at,
                is_news=is_news,
            ),
            area=cast(StorageArea, here),  # all else is the area's
            origin=Origin(door="hub", actor=inspected.calling_ae or "reindex"),
            default_issuer=default_issuer,
            sets_aside=sets_aside,
        )
    finally:
        spool.discard()
    if is_cold(here.key) and stored.outcome == "stored":
        Instance.objects.filter(sop_instance_uid=stored.sop_instance_uid).update(
            storage_key=here.key
        )
    return stored
