"""Take one object in: the only way into the archive."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from django.db import IntegrityError, transaction

from archive.dicom import quick_header
from archive.dicom.part10 import read_header
from archive.storage.area import StorageArea
from archive.storage.layout import object_key
from archive.store.careful import CarefulHeader
from archive.store.described import content_columns, report_columns
from archive.store.events import KeyObjectStored
from archive.store.models import Instance
from archive.store.policy import REFUSE
from archive.store.queries import policies_for
from archive.store.room import check_room, count_in
from archive.store.rules import Header, InstanceFacts, check_command, instance_facts
from archive.store.services._arrival import Arrival, ReceivedObject, StoredInstance
from archive.store.services._aside import keep_aside
from archive.store.services._quick import add_to_growing_series, stored_digest
from archive.store.services._same import is_the_stored_one
from archive.store.services._series import check_same_series, open_series
from archive.store.wanted import check_wanted, patient_key
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict, Malformed
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox.publish import publish

FILING_ATTEMPTS: Final = 3
KEY_OBJECT_SELECTION: Final = "1.2.840.10008.5.1.4.1.1.88.59"


class DifferentObject(Conflict):
    """Another object with this SOP Instance UID is stored; the new one is kept aside."""

    code = "different-object"


class RefusedByPolicy(Conflict):
    """The bytes are kept aside, and the site wants the sender to be told so."""

    code = "refused-by-policy"


def store_instance(
    *, received: ReceivedObject, area: StorageArea, origin: Origin, default_issuer: str
) -> StoredInstance:
    """File one object: on disk first, then its index row; both are durable on return.

    Identity problems never bounce an object: the site's policies say whether it is filed under
    the patient its header names, and reconciled later, or kept aside. What cannot be filed is kept
    aside before the error is raised.

    Raises:
        NotDicom, MissingIdentity, BadUid, ClassMismatch: it cannot be filed; kept aside.
        UnknownSopClass, MissingPatientId: the policies do not want it; kept aside.
        DifferentObject, RelationalMismatch: a UID is taken; kept aside.
        ConflictingPatient: its study is of somebody else; kept aside.
        RefusedByPolicy: as DifferentObject, where the sender shall know.
        Unavailable: the disk or the database is away, or there is no room; nothing was kept.
    """
    check_room(area=area, origin=origin)
    policies = policies_for(origin)
    arrival = Arrival(
        received=received, origin=origin, default_issuer=default_issuer, policies=policies
    )
    try:
        stored = take_in(arrival, area=area)
    except (Malformed, Conflict) as error:
        keep_aside(arrival, error, area=area)
        if isinstance(error, DifferentObject) and policies.different_object == REFUSE:
            raise RefusedByPolicy(error.text) from error
        raise
    if stored.outcome == "stored":
        count_in(origin=origin, size=received.size)
    return stored


def take_in(arrival: Arrival, *, area: StorageArea) -> StoredInstance:
    """File one object, or raise as `store_instance` does and keep nothing aside."""
    received = arrival.received
    header = _header(received)
    facts = arrival.facts = instance_facts(header)
    if received.sop_class_uid is not None and received.sop_instance_uid is not None:
        check_command(
            facts,
            sop_class_uid=received.sop_class_uid,
            sop_instance_uid=received.sop_instance_uid,
        )
    check_wanted(header, facts.sop_class_uid, arrival.policies)
    return _file(_NewObject(facts, header, arrival), area=area)


class _NewObject(NamedTuple):
    """What is known of an object while it is filed."""

    facts: InstanceFacts
    header: Header
    arrival: Arrival


def _header(received: ReceivedObject) -> Header:
    path = received.spool.path
    quick = quick_header.read_values(path, head=received.head, size=received.size)
    return CarefulHeader(read_header(path)) if quick is None else quick


def _file(new: _NewObject, *, area: StorageArea) -> StoredInstance:
    facts, received = new.facts, new.arrival.received
    sha256 = received.sha256 or _digest(received.spool.path)
    if _is_stored(facts, sha256, again=received, area=area):
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
    new.arrival.key = key
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
        "calling_ae": new.arrival.origin.actor,
        "address": new.arrival.origin.address,
        "door": new.arrival.origin.door,
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


def _is_stored(
    facts: InstanceFacts,
    sha256: str,
    *,
    again: ReceivedObject | None = None,
    area: StorageArea | None = None,
) -> bool:
    """Say whether these very bytes are stored already; with `again`, in whatever wrapping.

    Raises:
        DifferentObject: other bytes are stored under the UID.
        RelationalMismatch: they are so in another study or series.
    """
    stored = stored_digest(facts.sop_instance_uid)
    if stored is not None and stored != sha256:
        check_same_series(facts)
        if (
            again
            and area
            and is_the_stored_one(again, sop_instance_uid=facts.sop_instance_uid, area=area)
        ):
            return True
        raise DifferentObject("another object with this SOP Instance UID is stored")
    return stored is not None


def _index(row: dict[str, Any], new: _NewObject) -> None:
    """Write the index row, and those of its series and study where it is their first."""
    facts = new.facts
    is_key_object = facts.sop_class_uid == KEY_OBJECT_SELECTION
    checks_patient = new.arrival.policies.checks_patient
    patient = patient_key(new.header) if checks_patient else None
    is_plain = not is_key_object and (patient is not None or not checks_patient)
    if is_plain and add_to_growing_series(
        row,
        study_instance_uid=facts.study_instance_uid,
        series_instance_uid=facts.series_instance_uid,
        patient=patient,
    ):
        return
    with transaction.atomic():
        series = open_series(new.header, row["received_at"], arrival=new.arrival)
        Instance(study_id=series.study_id, series_id=series.pk, **row).save(force_insert=True)
        if is_key_object:  # also when the index is rebuilt: what it rejects stays hidden
            _tell_key_object(series.study_id, row["received_at"], new)


def _tell_key_object(study_id: int, at: datetime, new: _NewObject) -> None:
    publish(
        KeyObjectStored(
            occurred_at=at,
            correlation_id=new.arrival.origin.correlation_id,
            study_id=study_id,
            study_instance_uid=new.facts.study_instance_uid,
            sop_instance_uid=new.facts.sop_instance_uid,
        )
    )


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
