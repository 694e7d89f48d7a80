"""A DICOMDIR (PS3.3 F.3, PS3.10 8.6): what lies on a disc, by patient, study and series; pure."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from pydicom import Dataset
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.fileset import DIRECTORY_RECORDERS
from pydicom.uid import UID, ExplicitVRLittleEndian, MediaStorageDirectoryStorage

from archive.dicom import encoding
from archive.dicom.file_meta import file_header

_FIXED_BYTES: Final = 34  # next record, in use, lower level
_ITEM_HEAD_BYTES: Final = 8
_CHARACTER_SET: Final = "ISO_IR 192"
# The first of these that fits an object's class says what kind of record it gets (PS3.3 F.4-1).
_KINDS: Final = (
    ("Key Object", "KEY OBJECT DOC"),
    ("Presentation State", "PRESENTATION"),
    ("RT Dose", "RT DOSE"),
    ("RT Structure Set", "RT STRUCTURE SET"),
    ("Treatment Record", "RT TREAT RECORD"),
    ("Spectroscopy", "SPECTROSCOPY"),
    ("Spatial Registration", "REGISTRATION"),
    ("Deformable", "REGISTRATION"),
    ("Fiducials", "FIDUCIAL"),
    ("Real World Value", "VALUE MAP"),
    ("Stereometric", "STEREOMETRIC"),
    ("Surface Scan", "SURFACE SCAN"),
    ("Surface Segmentation", "SURFACE"),
    ("Tractography", "TRACT"),
)
_BY_ATTRIBUTE: Final = (
    ("MIMETypeOfEncapsulatedDocument", "ENCAP DOC"),
    ("RTPlanLabel", "RT PLAN"),
    ("WaveformSequence", "WAVEFORM"),
    ("CompletionFlag", "SR DOCUMENT"),
    ("Rows", "IMAGE"),
)
_OTHER: Final = "RAW DATA"
# What a record must say (type 1) and an object may not.
_DEFAULTS: Final = {
    "ContentLabel": "UNKNOWN",
    "ContentDate": "19000101",
    "ContentTime": "000000",
    "PresentationCreationDate": "19000101",
    "PresentationCreationTime": "000000",
    "CompletionFlag": "PARTIAL",
    "VerificationFlag": "UNVERIFIED",
    "StructureSetLabel": "UNKNOWN",
    "RTPlanLabel": "UNKNOWN",
    "DoseSummationType": "PLAN",
    "TreatmentDate": "19000101",
    "TreatmentTime": "000000",
}


@dataclass(frozen=True, kw_only=True)
class Filed:
    """One object on the disc: its header as it is there, its class and syntax, and its file ID."""

    header: Dataset
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    file_id: Sequence[str]


@dataclass
class _Record:
    """A record without its offsets, encoded, and the records below it."""

    tail: bytes
    below: list[_Record] = field(default_factory=list)

    @property
    def size(self) -> int:
        return _ITEM_HEAD_BYTES + _FIXED_BYTES + len(self.tail)


class Directory:
    """Grows by a few hundred bytes for each object it names."""

    def __init__(self) -> None:
        self._patients: list[_Record] = []
        self._known: dict[tuple[str, ...], _Record] = {}
        self._count = 0

    def add(self, filed: Filed) -> None:
        """Enter an object below its series."""
        self._count += 1
        header = filed.header
        person = (_text(header, "PatientID"), _text(header, "PatientName"))
        study = (*person, _text(header, "StudyInstanceUID"))
        series = (*study, _text(header, "SeriesInstanceUID"))
        patients = self._patients
        patient = self._at(person, "PATIENT", header, patients)
        below = self._at(study, "STUDY", header, patient.below)
        of_series = self._at(series, "SERIES", header, below.below)
        kind = _kind_of(filed)
        record = _of_object(kind, header, self._count)
        record.ReferencedFileID = list(filed.file_id)
        record.ReferencedSOPClassUIDInFile = filed.sop_class_uid
        record.ReferencedSOPInstanceUIDInFile = filed.sop_instance_uid
        record.ReferencedTransferSyntaxUIDInFile = filed.transfer_syntax_uid
        of_series.below.append(_encoded(kind, record))

    def content(
        self, *, sop_instance_uid: str, ae_title: str, about: tuple[str, str]
    ) -> Iterator[bytes]:
        """Yield the file. `about` are the UID and the version name of this implementation."""
        head = file_header(
            sop_class_uid=MediaStorageDirectoryStorage,
            sop_instance_uid=sop_instance_uid,
            transfer_syntax_uid=ExplicitVRLittleEndian,
            source_ae_title=ae_title,
            receiving_ae_title=ae_title,
            implementation_class_uid=about[0],
            implementation_version_name=about[1],
        )
        flat = list(_flat(self._patients))
        length = sum(record.size for record in flat)
        # (0004,1130), (0004,1200), (0004,1202), (0004,1212), and the head of (0004,1220)
        first = len(head) + 8 + 12 + 12 + 10 + 12
        places: dict[int, int] = {}
        at = first
        for record in flat:
            places[id(record)] = at
            at += record.size
        last = places[id(self._patients[-1])] if self._patients else 0
        yield head
        yield struct.pack("<HH2sH", 4, 0x1130, b"CS", 0)
        yield struct.pack("<HH2sHI", 4, 0x1200, b"UL", 4, first if flat else 0)
        yield struct.pack("<HH2sHI", 4, 0x1202, b"UL", 4, last)
        yield struct.pack("<HH2sHH", 4, 0x1212, b"US", 2, 0)
        yield struct.pack("<HH2sHI", 4, 0x1220, b"SQ", 0, length)
        yield from _items(self._patients, places)

    def _at(
        self, key: tuple[str, ...], kind: str, header: Dataset, among: list[_Record]
    ) -> _Record:
        record = self._known.get(key)
        if record is None:
            record = _encoded(kind, _above(kind, header))
            self._known[key] = record
            among.append(record)
        return record


def _flat(records: list[_Record]) -> Iterator[_Record]:
    for record in records:
        yield record
        yield from _flat(record.below)


def _items(records: list[_Record], places: dict[int, int]) -> Iterator[bytes]:
    for number, record in enumerate(records, 1):
        next_at = places[id(records[number])] if number < len(records) else 0
        lower_at = places[id(record.below[0])] if record.below else 0
        yield (
            struct.pack("<HHI", 0xFFFE, 0xE000, record.size - _ITEM_HEAD_BYTES)
            + struct.pack("<HH2sHI", 4, 0x1400, b"UL", 4, next_at)
            + struct.pack("<HH2sHH", 4, 0x1410, b"US", 2, 0xFFFF)
            + struct.pack("<HH2sHI", 4, 0x1420, b"UL", 4, lower_at)
            + record.tail
        )
        yield from _items(record.below, places)


def _kind_of(filed: Filed) -> str:
    name = UID(filed.sop_class_uid).name
    for part, kind in _KINDS:
        if part in name:
            return kind
    for keyword, kind in _BY_ATTRIBUTE:
        if keyword in filed.header:
            return kind
    return _OTHER


def _of_object(kind: str, header: Dataset, number: int) -> Dataset:
    """Return what the record of an object says of it; what it must say and cannot is stood in."""
    source = Dataset()
    source.update(header)
    for keyword, value in {"InstanceNumber": str(number), **_DEFAULTS}.items():
        if not source.get(keyword):
            setattr(source, keyword, value)
    if "ContentSequence" in source:  # only modifiers of the title belong here (PS3.3 F.5.24)
        source.ContentSequence = [
            item
            for item in source.ContentSequence
            if item.get("RelationshipType") == "HAS CONCEPT MOD"
        ]
        if not source.ContentSequence:
            del source.ContentSequence
    try:
        return DIRECTORY_RECORDERS[kind](source)
    except (ValueError, KeyError, AttributeError):
        record = Dataset()
        record.InstanceNumber = source.InstanceNumber
        return record


def _above(kind: str, header: Dataset) -> Dataset:
    """Return what a record of a patient, a study or a series says (PS3.3 F.5.1 to F.5.3)."""
    wanted = {
        "PATIENT": ("PatientName", "PatientID", "PatientBirthDate", "PatientSex"),
        "STUDY": (
            "StudyDate", "StudyTime", "StudyDescription", "StudyInstanceUID", "StudyID",
            "AccessionNumber",
        ),
        "SERIES": ("Modality", "SeriesInstanceUID", "SeriesNumber", "SeriesDescription"),
    }[kind]  # fmt: skip
    stand_in = {
        "PatientID": "UNKNOWN", "StudyDate": "19000101", "StudyTime": "000000",
        "StudyID": "1", "Modality": "OT", "SeriesNumber": "0",
    }  # fmt: skip
    record = Dataset()
    for keyword in wanted:
        value = header.get(keyword)
        if value is None or str(value) == "":
            value = stand_in.get(keyword)
        tag = tag_for_keyword(keyword)
        assert tag is not None
        record.add(DataElement(tag, dictionary_VR(tag), value))
    return record


def _encoded(kind: str, record: Dataset) -> _Record:
    record.DirectoryRecordType = kind
    if not all(str(element.value).isascii() for element in record.iterall()):
        record.SpecificCharacterSet = _CHARACTER_SET
    return _Record(tail=encoding.encode(record, transfer_syntax=ExplicitVRLittleEndian))


def _text(header: Dataset, keyword: str) -> str:
    return str(header.get(keyword) or "")
