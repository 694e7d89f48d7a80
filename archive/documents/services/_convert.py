"""Make the DICOM object of a document, once, whatever breaks off in between."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import BinaryIO, Final
from zoneinfo import ZoneInfo

from django.db.models import F, Q

from archive.dicom.mp4 import transfer_syntax_of, video_of
from archive.dicom.part10_writer import Writer, part10
from archive.documents.models import Document, DocumentState
from archive.documents.queries import BLOCK_BYTES, due
from archive.documents.rules import VIDEOS
from archive.documents.video import to_h264
from archive.documents.wrapping import Identity, sop_class_of, wrap
from archive.patients.queries import primary_identifier, resolve
from archive.storage.area import StorageArea
from archive.storage.sink import HashedSink
from archive.storage.spools import write_all
from archive.store.models import Instance, Study
from archive.store.services import ReceivedObject, store_instance
from archive.upper_layer.negotiation import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from pacs_hub.audit import services as audit
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import HubError, Unavailable
from pacs_hub.kernel.origin import Origin

logger = logging.getLogger(__name__)

MOST_ATTEMPTS: Final = 5
AGAIN_AFTER: Final = timedelta(seconds=30)
MARGIN: Final = timedelta(seconds=120)
BROKE_OFF: Final = "the conversion broke off every time; the file itself is kept"


@dataclass(frozen=True, kw_only=True)
class Converter:
    """What conversions need to know of the hub; `seconds` is the time one video may take."""

    area: StorageArea
    ae_title: str
    default_issuer: str
    zone: ZoneInfo
    seconds: float


def convert_due(*, converter: Converter, limit: int) -> int:
    """Convert up to `limit` documents that wait, or were left behind; returns how many."""
    done = 0
    for _ in range(limit):
        row = due().first()
        if row is None:
            break
        convert(row.pk, converter=converter)
        done += 1
    return done


def convert(document_id: int, *, converter: Converter) -> Document:
    """Make and store the object of a document that waits; another's claim is left alone.

    What goes wrong is told in the row: a file nothing can be made of has failed, a disk that is
    away is tried again.
    """
    row = _claimed(document_id, converter)
    if row is None:
        return Document.objects.get(pk=document_id)
    logger.info("archive.document.converting", extra={"document": row.pk, "kind": row.kind})
    try:
        if row.attempts > MOST_ATTEMPTS:
            _failed(row, "broke-off", BROKE_OFF)
        else:
            if not Instance.objects.filter(sop_instance_uid=row.sop_instance_uid).exists():
                _store(row, converter)
            _stored(row)
    except Unavailable as error:
        _again(row, error)
    except HubError as error:
        _failed(row, error.error_code, error.text)
    row.refresh_from_db()
    return row


def _claimed(document_id: int, converter: Converter) -> Document | None:
    now = clock.now()
    rows = Document.objects.filter(
        Q(claimed_until__isnull=True) | Q(claimed_until__lte=now),
        pk=document_id,
        state__in=(DocumentState.WAITING, DocumentState.CONVERTING),
    )
    if not rows.update(
        state=DocumentState.CONVERTING,
        claimed_until=now + timedelta(seconds=converter.seconds) + MARGIN,
        attempts=F("attempts") + 1,
    ):
        return None
    people = ("patient", "patient__survivor")
    return Document.objects.select_related(*people).get(pk=document_id)


def _store(row: Document, converter: Converter) -> None:
    with _source(row, converter) as (file, size):
        wrapped = wrap(row, file, size, identity=_identity(row, converter), zone=converter.zone)
        writer = Writer(
            ae_title=converter.ae_title,
            implementation_class_uid=IMPLEMENTATION_CLASS_UID,
            implementation_version_name=IMPLEMENTATION_VERSION_NAME,
        )
        sink = HashedSink(converter.area.spool())
        try:
            for chunk in part10(
                wrapped.dataset,
                transfer_syntax_uid=wrapped.transfer_syntax_uid,
                writer=writer,
                values=wrapped.values,
            ):
                sink.write(chunk)
            sink.finish()
            store_instance(
                received=ReceivedObject(
                    spool=sink.spool,
                    transfer_syntax_uid=wrapped.transfer_syntax_uid,
                    sha256=sink.sha256(),
                ),
                area=converter.area,
                origin=_origin(row),
                default_issuer=converter.default_issuer,
            )
        finally:
            sink.discard()


@contextmanager
def _source(row: Document, converter: Converter) -> Iterator[tuple[BinaryIO, int]]:
    """Open what is wrapped: the file, or the video it was converted into."""
    area = converter.area
    with area.open(row.storage_key) as file:
        fits = row.kind not in VIDEOS or (row.kind == "mp4" and transfer_syntax_of(video_of(file)))
        file.seek(0)
        if fits:
            yield file, row.size
            return
        sent, made = area.spool(), area.spool()
        try:
            while block := file.read(BLOCK_BYTES):
                write_all(sent.file, block)
            to_h264(sent.path, made.path, kind=row.kind, seconds=converter.seconds)
            sent.discard()
            with made.path.open("rb") as video:
                yield video, made.path.stat().st_size
        finally:
            sent.discard()
            made.discard()


def _identity(row: Document, converter: Converter) -> Identity:
    """Return patient and study as they are known now; the study as received, where it is here."""
    patient = resolve(row.patient)
    identifier = primary_identifier(patient, issuer=converter.default_issuer)
    study = Study.objects.filter(study_instance_uid=row.study_instance_uid).first()
    day = study.study_date if study else row.study_date
    moment = study.study_time if study else row.study_time
    return Identity(
        patient_id=identifier.value if identifier else "",
        issuer_of_patient_id=identifier.issuer if identifier else "",
        patient_name=patient.name,
        birth_date=patient.birth_date.strftime("%Y%m%d") if patient.birth_date else "",
        sex=patient.sex,
        study_id=study.study_id if study else "",
        study_date=day.strftime("%Y%m%d") if day else "",
        study_time=moment.strftime("%H%M%S") if moment else "",
        study_description=study.description if study else row.study_description,
        accession_number=row.accession_number or (study.accession_number if study else ""),
        referring_physician_name=study.referring_physician_name if study else "",
    )


def _origin(row: Document) -> Origin:
    """Return the hub as the origin: it made the object, and may file what it made."""
    return Origin(
        door="hub",
        actor=row.actor,
        source_kind="document",
        source_id=str(row.pk),
        correlation_id=row.correlation_id,
    )


def _stored(row: Document) -> None:
    _settle(
        row, state=DocumentState.STORED, stored_at=clock.now(), sop_class_uid=sop_class_of(row.kind)
    )
    logger.info("archive.document.stored", extra={"document": row.pk})


def _failed(row: Document, code: str, text: str) -> None:
    _settle(row, state=DocumentState.FAILED, error_code=code[:40], error_text=text[:300])
    audit.record(
        action="update",
        object_type="document",
        object_id=row.pk,
        origin=_origin(row),
        patient_id=row.patient_id,
        detail=f"not converted: {code}",
    )
    logger.warning("archive.document.failed", extra={"document": row.pk, "code": code})


def _again(row: Document, error: Unavailable) -> None:
    Document.objects.filter(pk=row.pk, state=DocumentState.CONVERTING).update(
        state=DocumentState.WAITING,
        attempts=row.attempts - 1,  # only what broke off counts
        claimed_until=clock.now() + AGAIN_AFTER,
        error_code=error.error_code[:40],
        error_text=error.text[:300],
    )
    logger.info("archive.document.waits", extra={"document": row.pk, "code": error.error_code})


def _settle(row: Document, **fields: object) -> None:
    settled = {"claimed_until": None, "error_code": "", "error_text": ""} | fields
    Document.objects.filter(pk=row.pk, state=DocumentState.CONVERTING).update(**settled)
