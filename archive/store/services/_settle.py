"""What becomes of bytes that were kept aside: a person files them after all, or discards them."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime
from typing import Final

from django.db import transaction

from archive.dicom.part10 import read_header
from archive.storage.area import Spool, StorageArea
from archive.storage.spools import write_all
from archive.store.models import KeptAside
from archive.store.policy import DECIDED
from archive.store.queries import kept_aside_object
from archive.store.services._arrival import Arrival, ReceivedObject, StoredInstance
from archive.store.services._store import take_in
from pacs_hub.audit import services as audit
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict, Malformed, Unavailable
from pacs_hub.kernel.origin import Origin

logger = logging.getLogger(__name__)

RELEASED: Final = "released"
DISCARDED: Final = "discarded"
CHUNK: Final = 1024 * 1024
LEFT_AT_ONCE: Final = 100


class ReasonMissing(Malformed):
    """Nobody discards a patient's images without saying why."""

    code = "reason-missing"


class AlreadySettled(Conflict):
    """Somebody released or discarded it before."""

    code = "already-settled"


def release_kept_aside(
    *, kept_aside_id: int, area: StorageArea, origin: Origin, default_issuer: str
) -> StoredInstance:
    """File an object after all, because a person says so; its bytes leave the place aside.

    What only the site's policies forbid is filed: another patient's name, no patient ID, a class
    that is not known, a series that claims two studies. A SOP Instance UID that is taken stays
    taken.

    Raises:
        NotKeptAside: there is no such object.
        AlreadySettled: somebody was faster.
        Malformed, Conflict: it cannot be filed; it stays where it is.
        Unavailable: the disk or the database is away.
    """
    row = _unsettled(kept_aside_id)
    spool = area.spool()
    try:
        _copy(row, spool, area=area)
        header = read_header(spool.path)
        arrival = Arrival(
            received=ReceivedObject(
                spool=spool, transfer_syntax_uid=str(header.file_meta.TransferSyntaxUID)
            ),
            origin=Origin(
                door=row.door,
                actor=row.calling_ae,
                address=row.address,
                correlation_id=origin.correlation_id,
            ),
            default_issuer=default_issuer,
            policies=DECIDED,
        )
        stored = take_in(arrival, area=area)
    finally:
        spool.discard()
    _settle(row, RELEASED, origin=origin, reason="")
    _remove_bytes(row, area=area)
    return stored


def discard_kept_aside(
    *, kept_aside_id: int, reason: str, area: StorageArea, origin: Origin
) -> None:
    """Give an object up, with the reason; its bytes are deleted once that is written down.

    Raises:
        NotKeptAside: there is no such object.
        AlreadySettled: somebody was faster.
        ReasonMissing: no reason is given.
    """
    if not reason.strip():
        raise ReasonMissing("say why the object is discarded", field="reason")
    row = _unsettled(kept_aside_id)
    _settle(row, DISCARDED, origin=origin, reason=reason.strip())
    _remove_bytes(row, area=area)


def remove_settled(*, area: StorageArea, since: datetime) -> int:
    """Remove bytes that stayed though they were settled: the process ended, the store was away.

    Raises:
        Unavailable: the store is away.
    """
    rows = KeptAside.objects.filter(settled_at__gte=since).exclude(storage_key="")
    left = list(rows[:LEFT_AT_ONCE])
    for row in left:
        _delete(row, area=area)
    return len(left)


def _remove_bytes(row: KeptAside, *, area: StorageArea) -> None:
    """Remove what lay aside. It is settled: a store that is away is asked again by the sweep."""
    with suppress(Unavailable):
        _delete(row, area=area)


def _delete(row: KeptAside, *, area: StorageArea) -> None:
    if row.storage_key:
        area.delete(row.storage_key)
        KeptAside.objects.filter(pk=row.pk).update(storage_key="")


def _unsettled(kept_aside_id: int) -> KeptAside:
    row = kept_aside_object(kept_aside_id)
    if row.settled_at is not None:
        raise AlreadySettled(f"this object was {row.settled_as} before")
    return row


def _copy(row: KeptAside, spool: Spool, *, area: StorageArea) -> None:
    """Copy the bytes, so that whatever goes wrong they still lie aside.

    Raises:
        AlreadySettled: the card only tells of an object that was filed.
    """
    if not row.storage_key:
        raise AlreadySettled("this object is filed; the card only tells of it")
    with area.open(row.storage_key) as kept:
        while block := kept.read(CHUNK):
            write_all(spool.file, block)


def _settle(row: KeptAside, settled_as: str, *, origin: Origin, reason: str) -> None:
    with transaction.atomic():
        settled = KeptAside.objects.filter(pk=row.pk, settled_at__isnull=True).update(
            settled_at=clock.now(),
            settled_as=settled_as,
            settled_by=origin.actor[:150],
        )
        if not settled:
            raise AlreadySettled("somebody was faster")
        audit.record(
            action="delete" if settled_as == DISCARDED else "create",
            object_type="kept-aside",
            object_id=row.pk,
            origin=origin,
            detail=f"{settled_as}: {row.reason}" + (f", {reason}" if reason else ""),
        )
    logger.info("archive.kept_aside.settled", extra={"kept_aside": row.pk, "as": settled_as})
