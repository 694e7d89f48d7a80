"""Keep a file as it was sent; its DICOM object comes after."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from typing import Final

from django.db import IntegrityError, transaction

from archive.dicom.mp4 import BadVideo, video_of
from archive.documents.models import Document, DocumentState
from archive.documents.pictures import BadPicture, decode
from archive.documents.rules import (
    HEAD_BYTES,
    MEDIA_TYPES,
    NAMES,
    PICTURES,
    TAIL_BYTES,
    BrokenDocument,
    DocumentCode,
    DocumentTooLarge,
    check_end,
    kind_of,
    storage_key,
    uid_of,
)
from archive.patients.models import Patient
from archive.storage.area import StorageArea
from archive.storage.sink import HashedSink
from pacs_hub.audit import services as audit
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin

LONGEST_TITLE: Final = 64
LONGEST_NAME: Final = 150


@dataclass(frozen=True, kw_only=True)
class DocumentTarget:
    """The study a document belongs to, which need not be here yet."""

    patient: Patient
    study_instance_uid: str
    accession_number: str = ""
    study_date: date | None = None
    study_time: time | None = None
    study_description: str = ""


@dataclass(frozen=True)
class Attached:
    """The document; not new where the study had these very bytes already."""

    document: Document
    is_new: bool


def attach(
    *,
    content: Iterable[bytes],
    target: DocumentTarget,
    title: str,
    area: StorageArea,
    origin: Origin,
    most_bytes: int,
    file_name: str = "",
    code: DocumentCode | None = None,
) -> Attached:
    """Keep a file for a study. What it is is decided by its bytes alone.

    Raises:
        EmptyDocument, UnknownDocumentType, BrokenDocument, DocumentTooLarge, PictureTooLarge
        Unavailable: the disk or the database is away.
    """
    sink = HashedSink(area.spool())
    try:
        for chunk in content:
            if sink.size + len(chunk) > most_bytes:
                raise DocumentTooLarge(
                    f"the file is larger than {most_bytes // 1024**2} MiB", field="file"
                )
            sink.write(chunk)
        sink.finish()
        kind = _checked_kind(sink)
        sha256 = sink.sha256()
        found = _known(target.study_instance_uid, sha256)
        if found is not None and found.state != DocumentState.REMOVED:
            return Attached(found, is_new=False)
        key = storage_key(sha256, _token(target, origin, found))
        area.keep(sink.spool, key)
    finally:
        sink.discard()
    row = Document(
        pk=found.pk if found else None,  # it was here before, and went with its study
        patient=target.patient,
        study_instance_uid=target.study_instance_uid,
        accession_number=target.accession_number,
        study_date=target.study_date,
        study_time=target.study_time,
        study_description=target.study_description[:64],
        title=(title.strip() or NAMES[kind])[:LONGEST_TITLE],
        kind=kind,
        file_name=file_name[-LONGEST_NAME:],
        size=sink.size,
        sha256=sha256,
        storage_key=key,
        state=DocumentState.WAITING,
        sop_instance_uid=uid_of(target.study_instance_uid, sha256),
        actor=origin.actor[:150],
        address=origin.address[:64],
        door=origin.door,
        correlation_id=origin.correlation_id,
        attached_at=clock.now(),
        **_coded(code or DocumentCode()),
    )
    return _filed(row, area, origin)


def _token(target: DocumentTarget, origin: Origin, removed: Document | None) -> str:
    """Return what makes the key one of this study and this request, however often it is tried.

    The key of a document that was removed before is never used again: its file is going.
    """
    at = removed.attached_at.isoformat() if removed else ""
    text = f"{target.study_instance_uid} {origin.correlation_id} {at}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _coded(code: DocumentCode) -> dict[str, str]:
    return {"code": code.value[:16], "scheme": code.scheme[:16], "meaning": code.meaning[:64]}


def _filed(row: Document, area: StorageArea, origin: Origin) -> Attached:
    try:
        with transaction.atomic():
            row.save(force_insert=row.pk is None)
            audit.record(
                action="create",
                object_type="document",
                object_id=row.pk,
                origin=origin,
                patient_id=row.patient_id,
                detail=MEDIA_TYPES[row.kind],
            )
    except IntegrityError:  # at this very moment somebody else attached it
        found = _known(row.study_instance_uid, row.sha256)
        if found is None:
            raise
        if found.storage_key != row.storage_key:
            area.delete(row.storage_key)
        return Attached(found, is_new=False)
    return Attached(row, is_new=True)


def _known(study_instance_uid: str, sha256: str) -> Document | None:
    return Document.objects.filter(study_instance_uid=study_instance_uid, sha256=sha256).first()


def _checked_kind(sink: HashedSink) -> str:
    """Return what the file is, and refuse one that could not be made an object of."""
    with sink.spool.path.open("rb") as file:
        kind = kind_of(file.read(HEAD_BYTES))
        file.seek(max(0, sink.size - TAIL_BYTES))
        check_end(kind, file.read())
        file.seek(0)
        try:
            if kind in PICTURES:
                decode(file)
            elif kind == "mp4":
                video_of(file)
        except (BadPicture, BadVideo) as error:
            raise BrokenDocument(error.text, field="file") from error
    return kind
