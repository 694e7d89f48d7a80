"""Reject objects ourselves: make the note, store it like any object, and give it effect."""

from __future__ import annotations

import uuid
from typing import Final

from django.db.models import QuerySet
from pydicom import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from archive.dicom import encoding
from archive.dicom.file_meta import file_header
from archive.rejection.key_object import Named, StudyHeader, document
from archive.rejection.models import RejectionNote
from archive.rejection.rules import Reference, reason_of
from archive.rejection.services._effect import take_note
from archive.retrieve.plan import NoSuchTarget, Target, all_of
from archive.storage.area import StorageArea
from archive.storage.spools import write_all
from archive.store.models import Instance, Study
from archive.store.services import ReceivedObject, store_instance
from archive.upper_layer.negotiation import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from pacs_hub.access.permissions import Principal
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict
from pacs_hub.kernel.origin import Origin

SYNTAX: Final = str(ExplicitVRLittleEndian)


class AlreadyRejected(Conflict):
    """All that was named is out of use for that reason."""

    code = "already-rejected"


def reject(
    *,
    target: Target,
    code: str,
    text: str,
    principal: Principal | None,
    area: StorageArea,
    origin: Origin,
    default_issuer: str,
    ae_title: str,
) -> RejectionNote:
    """Take a study, a series or an instance out of use by a rejection note in the same study.

    `principal` limits what can be named to what they may see; None is the hub itself. The note
    is on disk and in effect when this returns.

    Raises:
        NoSuchReason: the code is not one of those of rejection.
        NoSuchTarget: there is no such object that the principal may see.
        AlreadyRejected: nothing of it is left to be rejected for that reason.
        Unavailable: the disk or the database is away; nothing was rejected.
    """
    reason = reason_of(code)
    rows = _rows(target, principal)
    named = [_named(row, target.study) for row in rows.exclude(rejected_as=reason.code)]
    if not named:
        if not rows.exists():
            raise NoSuchTarget("no such study, series or instance")
        raise AlreadyRejected(f"all of it is rejected as {reason.code}")
    note = document(
        study=_header(Study.objects.get(study_instance_uid=target.study)),
        named=named,
        reason=reason,
        text=text,
        at=clock.now(),
        uids=(_new_uid(), _new_uid()),
    )
    _store(note, area=area, origin=origin, default_issuer=default_issuer, ae_title=ae_title)
    taken = take_note(sop_instance_uid=str(note.SOPInstanceUID), area=area, origin=origin)
    assert taken is not None
    return taken


def _rows(target: Target, principal: Principal | None) -> QuerySet[Instance]:
    """Return the objects of the target, rejection notes aside."""
    return (
        all_of(target, principal=principal)
        .filter(rejection_note__isnull=True)
        .select_related("series")
        .only("sop_class_uid", "sop_instance_uid", "rows", "series__series_instance_uid")
        .order_by("series__series_instance_uid", "instance_number", "sop_instance_uid")
    )


def _store(
    note: Dataset, *, area: StorageArea, origin: Origin, default_issuer: str, ae_title: str
) -> None:
    content = file_header(
        sop_class_uid=str(note.SOPClassUID),
        sop_instance_uid=str(note.SOPInstanceUID),
        transfer_syntax_uid=SYNTAX,
        source_ae_title=ae_title,
        receiving_ae_title=ae_title,
        implementation_class_uid=IMPLEMENTATION_CLASS_UID,
        implementation_version_name=IMPLEMENTATION_VERSION_NAME,
    ) + encoding.encode(note, transfer_syntax=SYNTAX)
    spool = area.spool()
    try:
        write_all(spool.file, content)
        store_instance(
            received=ReceivedObject(spool=spool, transfer_syntax_uid=SYNTAX),
            area=area,
            origin=origin,
            default_issuer=default_issuer,
        )
    finally:
        spool.discard()


def _header(study: Study) -> StudyHeader:
    return StudyHeader(
        study_instance_uid=study.study_instance_uid,
        patient_id=study.patient_id_received,
        issuer_of_patient_id=study.issuer_received,
        patient_name=study.patient_name_received,
        birth_date=study.birth_date_received,
        sex=study.sex_received,
        accession_number=study.accession_number,
        study_id=study.study_id,
        study_date=study.study_date,
        study_time=study.study_time,
        referring_physician_name=study.referring_physician_name,
    )


def _named(row: Instance, study_instance_uid: str) -> Named:
    return Named(
        reference=Reference(
            study_instance_uid=study_instance_uid,
            series_instance_uid=row.series.series_instance_uid,
            sop_class_uid=row.sop_class_uid,
            sop_instance_uid=row.sop_instance_uid,
        ),
        is_image=row.rows is not None,
    )


def _new_uid() -> str:
    return f"2.25.{uuid.uuid4().int}"
