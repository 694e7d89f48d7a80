"""A document as a DICOM object: Encapsulated PDF or CDA, Secondary Capture, Video Photographic.

PS3.3 A.45.1, A.45.2, A.8.1, A.32.5. The same document always becomes the same object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final
from zoneinfo import ZoneInfo

from pydicom import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    EncapsulatedCDAStorage,
    EncapsulatedPDFStorage,
    SecondaryCaptureImageStorage,
    VideoPhotographicImageStorage,
)

from archive.dicom.codestreams import NotACodestream, codestream_of
from archive.dicom.mp4 import transfer_syntax_of as video_syntax_of
from archive.dicom.mp4 import video_of
from archive.dicom.part10_writer import EXPLICIT_LITTLE_ENDIAN, Bytes, LongValue
from archive.dicom.pixel_macro import add_codestream, add_samples, add_video
from archive.documents.models import Document
from archive.documents.pictures import decode, is_upright
from archive.documents.queries import BLOCK_BYTES
from archive.documents.rules import PICTURES, uid_of

PIXEL_DATA: Final = 0x7FE00010
ENCAPSULATED_DOCUMENT: Final = 0x00420011
JPEG_BASELINE: Final = "1.2.840.10008.1.2.4.50"
HEAD_BYTES: Final = 256 * 1024
ENCAPSULATED: Final = {"pdf": EncapsulatedPDFStorage, "cda": EncapsulatedCDAStorage}
ENCAPSULATED_MEDIA: Final = {"pdf": "application/pdf", "cda": "text/XML"}
_CDA_ID: Final = re.compile(rb"<(?:\w+:)?id\b([^>]*)>")
_ROOT: Final = re.compile(rb"""\broot\s*=\s*["']([0-9.A-Fa-f-]{1,64})["']""")
_EXTENSION: Final = re.compile(rb"""\bextension\s*=\s*["']([!-~]{1,64}?)["']""")
SERIES_NUMBERS: Final = {"pdf": 9001, "picture": 9002, "video": 9003}


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What the object says of patient and study: as registered, else as attached."""

    patient_id: str
    issuer_of_patient_id: str
    patient_name: str
    birth_date: str
    sex: str
    study_id: str
    study_date: str
    study_time: str
    study_description: str
    accession_number: str
    referring_physician_name: str


@dataclass(frozen=True, kw_only=True)
class Wrapped:
    """A dataset, and the long value that is written with it."""

    dataset: Dataset
    transfer_syntax_uid: str
    values: dict[int, LongValue]


def sop_class_of(kind: str) -> str:
    """Return the SOP class a kind of document is wrapped as."""
    if kind in ENCAPSULATED:
        return ENCAPSULATED[kind]
    return SecondaryCaptureImageStorage if kind in PICTURES else VideoPhotographicImageStorage


def wrap(
    row: Document, file: BinaryIO, size: int, *, identity: Identity, zone: ZoneInfo
) -> Wrapped:
    """Return the object of a document; `file` is the PDF, the picture, or a video that fits.

    Raises:
        BadPicture, PictureTooLarge, BadVideo: it cannot be read.
    """
    ds = _frame(row, identity, zone)
    if row.kind in ENCAPSULATED:
        if row.kind == "cda":
            ds.HL7InstanceIdentifier = _instance_identifier(file)
        return _encapsulated(ds, row, Bytes(size, _blocks(file)))
    if row.kind in PICTURES:
        ds.ImageType = ["DERIVED", "SECONDARY"]
        return _picture(ds, row, file, size)
    return _video(ds, file, size)


def _frame(row: Document, identity: Identity, zone: ZoneInfo) -> Dataset:
    """Return what all three have in common."""
    group = "pdf" if row.kind in ENCAPSULATED else "picture" if row.kind in PICTURES else "video"
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID = sop_class_of(row.kind)
    ds.SOPInstanceUID = row.sop_instance_uid
    ds.StudyInstanceUID = row.study_instance_uid
    ds.SeriesInstanceUID = uid_of(row.study_instance_uid, "documents", group)
    ds.StudyDate, ds.StudyTime = identity.study_date, identity.study_time
    ds.StudyID, ds.StudyDescription = identity.study_id, identity.study_description
    ds.AccessionNumber = identity.accession_number
    ds.ReferringPhysicianName = identity.referring_physician_name
    ds.PatientName, ds.PatientID = identity.patient_name, identity.patient_id
    if identity.issuer_of_patient_id:
        ds.IssuerOfPatientID = identity.issuer_of_patient_id
    ds.PatientBirthDate, ds.PatientSex = identity.birth_date, identity.sex
    ds.SeriesNumber, ds.InstanceNumber = SERIES_NUMBERS[group], row.pk
    ds.SeriesDescription = "Attached documents"
    ds.Manufacturer = "PACS hub"
    attached = row.attached_at.astimezone(zone)
    ds.ContentDate, ds.ContentTime = attached.strftime("%Y%m%d"), attached.strftime("%H%M%S")
    ds.InstanceCreationDate, ds.InstanceCreationTime = ds.ContentDate, ds.ContentTime
    return ds


def _instance_identifier(file: BinaryIO) -> str:
    """Return the id of a CDA document as (0040,E001) has it: root^extension."""
    head = file.read(HEAD_BYTES)
    file.seek(0)
    found = _CDA_ID.search(head)
    root = _ROOT.search(found[1]) if found else None
    extension = _EXTENSION.search(found[1]) if found else None
    parts = [part[1].decode("ascii") for part in (root, extension) if part]
    return "^".join(parts) if root else ""


def _encapsulated(ds: Dataset, row: Document, content: Bytes) -> Wrapped:
    ds.Modality = "DOC"
    ds.ConversionType = "WSD"
    ds.AcquisitionDateTime = ""
    ds.BurnedInAnnotation = "YES"
    ds.DocumentTitle = row.title
    ds.ConceptNameCodeSequence = Sequence(_concept(row))
    ds.MIMETypeOfEncapsulatedDocument = ENCAPSULATED_MEDIA[row.kind]
    ds.EncapsulatedDocumentLength = content.size
    values = {ENCAPSULATED_DOCUMENT: LongValue(vr="OB", pieces=[content])}
    return Wrapped(dataset=ds, transfer_syntax_uid=EXPLICIT_LITTLE_ENDIAN, values=values)


def _concept(row: Document) -> list[Dataset]:
    if not row.code:
        return []
    return [_code(row.code, row.scheme, row.meaning or row.title)]


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def _picture(ds: Dataset, row: Document, file: BinaryIO, size: int) -> Wrapped:
    """Keep a baseline JPEG as it is; turn everything else into plain pixels."""
    ds.Modality = "OT"
    ds.ConversionType = "WSD"
    ds.BurnedInAnnotation = "YES"
    ds.PatientOrientation = ds.Laterality = ""
    ds.ImageComments = row.title
    if row.kind == "jpeg" and is_upright(file):
        file.seek(0)
        try:
            found = codestream_of(file.read(HEAD_BYTES))
        except NotACodestream:  # progressive, CMYK: DICOM has no syntax for it
            found = None
        if found is not None and found.transfer_syntax_uid == JPEG_BASELINE and found.bits == 8:
            add_codestream(ds, found)
            file.seek(0)
            value = LongValue(vr="OB", pieces=[Bytes(size, _blocks(file))], is_encapsulated=True)
            return Wrapped(
                dataset=ds, transfer_syntax_uid=JPEG_BASELINE, values={PIXEL_DATA: value}
            )
    file.seek(0)
    picture = decode(file, upright=True, on_white=True)
    ds.Rows, ds.Columns = picture.rows, picture.columns
    ds.PhotometricInterpretation = "MONOCHROME2" if picture.samples == 1 else "RGB"
    add_samples(ds, samples=picture.samples, bits=picture.bits)
    if row.kind == "jpeg":
        ds.LossyImageCompression, ds.LossyImageCompressionMethod = "01", "ISO_10918_1"
    (pixels,) = picture.frames
    value = LongValue(
        vr="OW" if picture.bits == 16 else "OB", pieces=[Bytes(len(pixels), [pixels])]
    )
    return Wrapped(
        dataset=ds, transfer_syntax_uid=EXPLICIT_LITTLE_ENDIAN, values={PIXEL_DATA: value}
    )


def _video(ds: Dataset, file: BinaryIO, size: int) -> Wrapped:
    video = video_of(file)
    ds.Modality = "XC"
    ds.ImageType = ["ORIGINAL", "PRIMARY"]
    ds.PatientOrientation = ""
    ds.BurnedInAnnotation = "YES"
    ds.AcquisitionContextSequence = Sequence([])
    # Nobody says what is filmed, and the VL Image module wants it told (PS3.3 C.8.12.1).
    ds.AnatomicRegionSequence = Sequence([_code("38266002", "SCT", "Entire body")])
    add_video(ds, video)
    file.seek(0)
    value = LongValue(vr="OB", pieces=[Bytes(size, _blocks(file))], is_encapsulated=True)
    return Wrapped(
        dataset=ds, transfer_syntax_uid=video_syntax_of(video), values={PIXEL_DATA: value}
    )


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(BLOCK_BYTES):
        yield block
