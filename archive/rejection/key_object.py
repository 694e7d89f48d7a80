"""The rejection note we make ourselves: a Key Object Selection Document (PS3.3 A.35.4); pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import groupby
from typing import Final

from pydicom import Dataset
from pydicom.uid import UID, KeyObjectSelectionDocumentStorage

from archive.rejection.rules import SCHEME, Reason, Reference

MANUFACTURER: Final = "PACS hub"
SERIES_NUMBER: Final = "9990"
DESCRIPTION: Final = ("113012", "Key Object Description")
TEMPLATE: Final = ("2010", "DCMR")


@dataclass(frozen=True, kw_only=True)
class StudyHeader:
    """What the note repeats of its study, as the study's own objects have it."""

    study_instance_uid: str
    patient_id: str
    issuer_of_patient_id: str
    patient_name: str
    birth_date: date | None
    sex: str
    accession_number: str
    study_id: str
    study_date: date | None
    study_time: time | None
    referring_physician_name: str


@dataclass(frozen=True, kw_only=True)
class Named:
    """An object the note rejects, and whether it is an image."""

    reference: Reference
    is_image: bool


def document(
    *,
    study: StudyHeader,
    named: Sequence[Named],
    reason: Reason,
    text: str,
    at: datetime,
    uids: tuple[str, str],
) -> Dataset:
    """Return the note; `uids` are those of its series and of itself, `at` is in UTC."""
    note = _about(study)
    note.SOPClassUID = KeyObjectSelectionDocumentStorage
    note.SeriesInstanceUID, note.SOPInstanceUID = uids
    note.Modality = "KO"
    note.SeriesNumber = SERIES_NUMBER
    note.SeriesDescription = reason.meaning
    note.ReferencedPerformedProcedureStepSequence = []
    note.Manufacturer = MANUFACTURER
    note.InstanceNumber = "1"
    note.SeriesDate = note.ContentDate = note.InstanceCreationDate = f"{at:%Y%m%d}"
    note.SeriesTime = note.ContentTime = note.InstanceCreationTime = f"{at:%H%M%S}"
    note.TimezoneOffsetFromUTC = "+0000"
    note.CurrentRequestedProcedureEvidenceSequence = [_evidence(study, named)]
    note.ValueType = "CONTAINER"
    note.ConceptNameCodeSequence = [_code(reason.code, reason.meaning)]
    note.ContinuityOfContent = "SEPARATE"
    template = Dataset()
    template.TemplateIdentifier, template.MappingResource = TEMPLATE
    note.ContentTemplateSequence = [template]
    note.ContentSequence = [*_described(text), *(_content(item) for item in named)]
    return note


def _about(study: StudyHeader) -> Dataset:
    note = Dataset()
    note.SpecificCharacterSet = "ISO_IR 192"
    note.StudyInstanceUID = study.study_instance_uid
    note.PatientName = study.patient_name
    note.PatientID = study.patient_id
    if study.issuer_of_patient_id:
        note.IssuerOfPatientID = study.issuer_of_patient_id
    note.PatientBirthDate = f"{study.birth_date:%Y%m%d}" if study.birth_date else ""
    note.PatientSex = study.sex
    note.AccessionNumber = study.accession_number
    note.StudyID = study.study_id
    note.StudyDate = f"{study.study_date:%Y%m%d}" if study.study_date else ""
    note.StudyTime = f"{study.study_time:%H%M%S}" if study.study_time else ""
    note.ReferringPhysicianName = study.referring_physician_name
    return note


def _evidence(study: StudyHeader, named: Iterable[Named]) -> Dataset:
    """Return the item of the study: its series, and in each the objects."""

    def series_of(item: Named) -> str:
        return item.reference.series_instance_uid

    evidence = Dataset()
    evidence.StudyInstanceUID = study.study_instance_uid
    evidence.ReferencedSeriesSequence = []
    for series_uid, items in groupby(sorted(named, key=series_of), key=series_of):
        series = Dataset()
        series.SeriesInstanceUID = series_uid
        series.ReferencedSOPSequence = [_referenced(item.reference) for item in items]
        evidence.ReferencedSeriesSequence.append(series)
    return evidence


def _described(text: str) -> list[Dataset]:
    if not text:
        return []
    item = Dataset()
    item.RelationshipType, item.ValueType = "CONTAINS", "TEXT"
    item.ConceptNameCodeSequence = [_code(*DESCRIPTION)]
    item.TextValue = text
    return [item]


def _content(named: Named) -> Dataset:
    item = Dataset()
    item.RelationshipType = "CONTAINS"
    is_waveform = "Waveform" in UID(named.reference.sop_class_uid).name
    item.ValueType = "IMAGE" if named.is_image else "WAVEFORM" if is_waveform else "COMPOSITE"
    item.ReferencedSOPSequence = [_referenced(named.reference)]
    return item


def _referenced(reference: Reference) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = reference.sop_class_uid
    item.ReferencedSOPInstanceUID = reference.sop_instance_uid
    return item


def _code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, SCHEME, meaning
    return item
