"""Take one object in: the only way into the archive."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from django.db import IntegrityError, transaction

from archive.dicom import quick_header
from archive.dicom.part10 import read_header
from archive.storage.area import Spool, StorageArea
from archive.storage.layout import object_key
from archive.store.described import content_columns, report_columns
from archive.store.events import KeyObjectStored
from archive.store.models import Instance, KeptAside
from archive.store.rules import Header, InstanceFacts, check_command, instance_facts
from archive.store.services._quick import add_to_growing_series, stored_digest
from archive.store.services._series import open_series
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict, HubError, Malformed
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox.publish import publish

logger = logging.getLogger(__name__)

FILING_ATTEMPTS: Final = 3
KEY_OBJECT_SELECTION: Final = "1.2.840.10008.5.1.4.1.1.88.59"


class DifferentObject(Conflict):
    """Another object with this SOP Instance UID is stored; the new one is kept aside."""

    code = "different-object"


@dataclass(frozen=True, kw_only=True)
class ReceivedObject:
    """A complete Part 10 file in a spool. The UIDs are those of the command, None over HTTP.

    `sha256` is that of the whole file, `size` its length and `head` its first bytes, where the
    door knows them because it wrote them. What lay in the area before its row was lost says when
    it came, and is not announced as if it were news.
    """

    spool: Spool
    transfer_syntax_uid: str
    sop_class_uid: str | None = None
    sop_instance_uid: str | None = None
    sha256: str = ""
    size: int = 0
    head: bytes | bytearray = b""
    received_at: datetime | None = None
    is_news: bool = True


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
        header = _header(received)
        facts = instance_facts(header)
        if received.sop_class_uid is not None and received.sop_instance_uid is not None:
            check_command(
                facts,
                sop_class_uid=received.sop_class_uid,
                sop_instance_uid=received.sop_instance_uid,
            )
        new = _NewObject(facts, header, received, origin, default_issuer)
        return _file(new, area=area)
    except (Malformed, Conflict) as error:
        _keep_aside(received, error, area=area, origin=origin)
        raise


class _NewObject(NamedTuple):
    """What is known of an object while it is filed."""

    facts: InstanceFacts
    header: Header
    received: ReceivedObject
    origin: Origin
    default_issuer: str


def _header(received: ReceivedObject) -> Header:
    path = received.spool.path
    quick = quick_header.read_values(path, head=received.head, size=received.size)
    return read_header(path) if quick is None else quick


def _file(new: _NewObject, *, area: StorageArea) -> StoredInstance:
    facts, received = new.facts, new.received
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
    size = received.size or received.spool.path.stat().st_size
    area.keep(received.spool, key)
    row = {
        "sop_instance_uid": facts.sop_instance_uid,
        "sop_class_uid": facts.sop_class_uid,
        "transfer_syntax_uid": received.transfer_syntax_uid,
        "instance_number": facts.instance_number,
        "rows": facts.rows,
        "columns": facts.columns,
        "bits_allocated": facts.bits_allocated,
        "number_of_frames": facts.number_of_frames,
        **content_columns(new.header),
        **report_columns(new.header, sop_class_uid=facts.sop_class_uid),
        "storage_key": key,
        "size": size,
        "sha256": sha256,
        "calling_ae": new.origin.actor,
        "address": new.origin.address,
        "door": new.origin.door,
        "received_at": received.received_at or clock.now(),
    }
    for attempt in range(1, FILING_ATTEMPTS + 1):
        try:
            _index(row, new)
        except IntegrityError:
            # At this very moment somebody else filed this object, or opened its study or series.
            if _is_stored(facts, sha256):
                return _outcome("duplicate", facts)
            if attempt == FILING_ATTEMPTS:
                raise
        else:
            break
    return _outcome("stored", facts)


def _is_stored(facts: InstanceFacts, sha256: str) -> bool:
    """Say whether these very bytes are stored already.

    Raises:
        DifferentObject: other bytes are stored under the UID.
    """
    stored = stored_digest(facts.sop_instance_uid)
    if stored is not None and stored != sha256:
        raise DifferentObject("another object with this SOP Instance UID is stored")
    return stored is not None


def _index(row: dict[str, Any], new: _NewObject) -> None:
    """Write the index row, and those of its series and study where it is their first."""
    facts = new.facts
    is_key_object = facts.sop_class_uid == KEY_OBJECT_SELECTION
    if not is_key_object and add_to_growing_series(
        row,
        study_instance_uid=facts.study_instance_uid,
        series_instance_uid=facts.series_instance_uid,
    ):
        return
    with transaction.atomic():
        series = open_series(
            new.header,
            row["received_at"],
            origin=new.origin,
            default_issuer=new.default_issuer,
            is_news=new.received.is_news,
        )
        Instance(study_id=series.study_id, series_id=series.pk, **row).save(force_insert=True)
        if is_key_object and new.received.is_news:
            _tell_key_object(series.study_id, row["received_at"], new)


def _tell_key_object(study_id: int, at: datetime, new: _NewObject) -> None:
    publish(
        KeyObjectStored(
            occurred_at=at,
            correlation_id=new.origin.correlation_id,
            study_id=study_id,
            study_instance_uid=new.facts.study_instance_uid,
            sop_instance_uid=new.facts.sop_instance_uid,
        )
    )


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


def _outcome(outcome: Literal["stored", "duplicate"], facts: InstanceFacts) -> StoredInstance:
    return StoredInstance(
        outcome=outcome,
        study_instance_uid=facts.study_instance_uid,
        series_instance_uid=facts.series_instance_uid,
        sop_class_uid=facts.sop_class_uid,
        sop_instance_uid=facts.sop_instance_uid,
    )
