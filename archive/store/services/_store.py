"""Take one object in: the only way into the archive."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from django.db import IntegrityError, transaction

from archive.dicom import quick_header
from archive.dicom.part10 import read_header
from archive.storage.area import Spool, StorageArea
from archive.storage.layout import object_key
from archive.store.models import Instance, KeptAside, Series
from archive.store.rules import ObjectFacts, check_command, facts_of
from archive.store.services._quick import add_to_growing_series, stored_digest
from archive.store.services._study import study_of
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict, HubError, Malformed
from pacs_hub.kernel.origin import Origin

logger = logging.getLogger(__name__)

FILING_ATTEMPTS: Final = 3


class DifferentObject(Conflict):
    """Another object with this SOP Instance UID is stored; the new one is kept aside."""

    code = "different-object"


@dataclass(frozen=True, kw_only=True)
class ReceivedObject:
    """A complete Part 10 file in a spool. The UIDs are those of the command, None over HTTP.

    `sha256` is that of the whole file where the door computed it while it wrote.
    """

    spool: Spool
    transfer_syntax_uid: str
    sop_class_uid: str | None = None
    sop_instance_uid: str | None = None
    sha256: str = ""


@dataclass(frozen=True, kw_only=True)
class StoredInstance:
    """What became of it; "duplicate" means the very same bytes were stored before."""

    outcome: Literal["stored", "duplicate"]
    study_instance_uid: str
    series_instance_uid: str
    sop_class_uid: str
    sop_instance_uid: str


def store_instance(
    *, received: ReceivedObject, area: StorageArea, origin: Origin, default_issuer: str
) -> StoredInstance:
    """File one object: on disk first, then its index row; both are durable on return.

    Identity problems never bounce an object (it is filed under the patient its header names and
    reconciled later). What cannot be filed is kept aside before the error is raised.

    Raises:
        NotDicom, MissingIdentity, BadUid, ClassMismatch: it cannot be filed; kept aside.
        DifferentObject: the UID is taken by other bytes; kept aside.
        Unavailable: the disk or the database is away; nothing was kept.
    """
    try:
        facts = _read(received)
        return _file(facts, received, area=area, origin=origin, default_issuer=default_issuer)
    except (Malformed, Conflict) as error:
        _keep_aside(received, error, area=area, origin=origin)
        raise


def _read(received: ReceivedObject) -> ObjectFacts:
    path = received.spool.path
    facts = facts_of(quick_header.read_values(path) or read_header(path))
    if received.sop_class_uid is not None and received.sop_instance_uid is not None:
        check_command(
            facts,
            sop_class_uid=received.sop_class_uid,
            sop_instance_uid=received.sop_instance_uid,
        )
    return facts


def _file(
    facts: ObjectFacts,
    received: ReceivedObject,
    *,
    area: StorageArea,
    origin: Origin,
    default_issuer: str,
) -> StoredInstance:
    sha256 = received.sha256 or _digest(received.spool.path)
    if _is_stored(facts, sha256):
        received.spool.discard()
        return _outcome("duplicate", facts)
    key = object_key(
        study_instance_uid=facts.study_instance_uid,
        series_instance_uid=facts.series_instance_uid,
        sop_instance_uid=facts.sop_instance_uid,
        sha256=sha256,
    )
    size = received.spool.path.stat().st_size
    area.keep(received.spool, key)
    row = Instance(
        sop_instance_uid=facts.sop_instance_uid,
        sop_class_uid=facts.sop_class_uid,
        transfer_syntax_uid=received.transfer_syntax_uid,
        instance_number=facts.instance_number,
        rows=facts.rows,
        columns=facts.columns,
        bits_allocated=facts.bits_allocated,
        number_of_frames=facts.number_of_frames,
        storage_key=key,
        size=size,
        sha256=sha256,
        calling_ae=origin.actor,
        address=origin.address,
        door=origin.door,
        received_at=clock.now(),
    )
    for attempt in range(1, FILING_ATTEMPTS + 1):
        try:
            _index(row, facts, origin=origin, default_issuer=default_issuer)
        except IntegrityError:
            # At this very moment somebody else filed this object, or opened its study or series.
            if _is_stored(facts, sha256):
                return _outcome("duplicate", facts)
            if attempt == FILING_ATTEMPTS:
                raise
        else:
            break
    return _outcome("stored", facts)


def _is_stored(facts: ObjectFacts, sha256: str) -> bool:
    """Say whether these very bytes are stored already.

    Raises:
        DifferentObject: other bytes are stored under the UID.
    """
    stored = stored_digest(facts.sop_instance_uid)
    if stored is not None and stored != sha256:
        raise DifferentObject("another object with this SOP Instance UID is stored")
    return stored is not None


def _index(row: Instance, facts: ObjectFacts, *, origin: Origin, default_issuer: str) -> None:
    """Write the index row, and those of its series and study where it is their first."""
    if add_to_growing_series(
        row,
        study_instance_uid=facts.study_instance_uid,
        series_instance_uid=facts.series_instance_uid,
    ):
        return
    with transaction.atomic():
        series = _open_series(facts, row, origin=origin, default_issuer=default_issuer)
        row.study_id, row.series_id = series.study_id, series.pk
        row.save(force_insert=True)


def _open_series(
    facts: ObjectFacts, row: Instance, *, origin: Origin, default_issuer: str
) -> Series:
    """Return the row of a series that receives: made, or open again without cached metadata."""
    study = study_of(facts, row.received_at, origin=origin, default_issuer=default_issuer)
    series, made = Series.objects.get_or_create(
        study=study,
        series_instance_uid=facts.series_instance_uid,
        defaults={
            "modality": facts.modality,
            "series_number": facts.series_number,
            "series_date": facts.series_date,
            "series_time": facts.series_time,
            "description": facts.series_description,
            "body_part": facts.body_part,
            "laterality": facts.laterality,
            "station_name": facts.station_name,
            "performed_step_uid": facts.performed_step_uid,
            "number_of_instances": 1,
        },
    )
    if not made and series.metadata is not None:
        Series.objects.filter(pk=series.pk).update(metadata=None)
    return series


def _keep_aside(
    received: ReceivedObject, error: HubError, *, area: StorageArea, origin: Origin
) -> None:
    """Keep the bytes that could not be filed, with the reason, for a person to look at."""
    size = received.spool.path.stat().st_size
    key = area.set_aside(received.spool)
    KeptAside.objects.create(
        reason=error.error_code,
        text=error.text,
        sop_instance_uid=(received.sop_instance_uid or "")[:200],
        storage_key=key,
        size=size,
        calling_ae=origin.actor,
        address=origin.address,
        door=origin.door,
        at=clock.now(),
    )
    logger.warning("archive.object.kept_aside", extra={"reason": error.error_code, "key": key})


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _outcome(outcome: Literal["stored", "duplicate"], facts: ObjectFacts) -> StoredInstance:
    return StoredInstance(
        outcome=outcome,
        study_instance_uid=facts.study_instance_uid,
        series_instance_uid=facts.series_instance_uid,
        sop_class_uid=facts.sop_class_uid,
        sop_instance_uid=facts.sop_instance_uid,
    )
